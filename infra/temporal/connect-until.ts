/** A connection to a Temporal server whose calls can all be ended at once. */
import { InterceptingCall, status, type Interceptor } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { connectionOptionsOf, type ServerPlace } from './connection-settings.ts';

/**
 * When `over` is aborted, every call ends as cancelled, also one that waits for its next try. Await all calls before you
 * close the connection: a retry on a closed connection throws an error that nobody can catch.
 */
export const connectUntil = (place: Pick<ServerPlace, 'address' | 'shared'>, over: AbortSignal): Promise<Connection> =>
  Connection.connect({
    ...connectionOptionsOf(place),
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), endCallsWith(over)],
  });

/** Each try is a call of its own: a try that begins after the abort ends at once, and a cancelled one is not repeated. */
const endCallsWith =
  (over: AbortSignal): Interceptor =>
  (options, nextCall) => {
    const call = nextCall(options);
    const end = () => call.cancelWithStatus(status.CANCELLED, 'the connection is being closed');
    return new InterceptingCall(call, {
      start(metadata, _, next) {
        over.addEventListener('abort', end, { once: true });
        next(metadata, {
          onReceiveStatus(received, pass) {
            over.removeEventListener('abort', end);
            pass(received);
          },
        });
        if (over.aborted) end();
      },
    });
  };
