/** A connection to a Temporal server for as long as something lasts. */
import { InterceptingCall, status, type Interceptor } from '@grpc/grpc-js';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { connectionOptionsOf, type ServerPlace } from './connection-settings.ts';

/**
 * Aborted, every call ends as cancelled, also one that waits to be tried again. Whoever made them awaits them, and closes
 * the connection after that: a retry on a closed one throws where nobody can catch it.
 */
export const connectUntil = (place: Pick<ServerPlace, 'address' | 'shared'>, over: AbortSignal): Promise<Connection> =>
  Connection.connect({
    ...connectionOptionsOf(place),
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), endCallsWith(over)],
  });

/** Each try is a call of its own: one that begins too late ends at once, and a cancelled one is not tried again. */
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
