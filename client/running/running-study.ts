/** Finds the workflow that runs under a study's name on the Temporal server, and checks that it belongs to this home. */
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import protos from '@temporalio/proto'; // CommonJS: no named exports here
import { UserError } from '../../contracts/failures.ts';
import { readPayloadKeys } from '../../infra/codec/payload-keys.ts';
import { SealingCodec } from '../../infra/codec/sealing-codec.ts';

const { WORKFLOW_EXECUTION_STATUS_RUNNING } = protos.temporal.api.enums.v1.WorkflowExecutionStatus;
/** Of gRPC. */
const NOT_FOUND = 5;

/**
 * The plan hash of the study that runs under this name; undefined when none runs. Throws `UserError` when it belongs to
 * another home, or its histories are sealed with a key that is not set. Reads search attributes, as those are not sealed.
 */
export async function findRunning(
  { workflowService, options: { namespace } }: Client,
  study: string,
  home: string,
): Promise<{ readonly plan: string } | undefined> {
  const info = await workflowService
    .describeWorkflowExecution({ namespace, execution: { workflowId: study } })
    .then(({ workflowExecutionInfo }) => workflowExecutionInfo, ignoreNotFound);
  if (info?.status !== WORKFLOW_EXECUTION_STATUS_RUNNING) return undefined;
  const attribute = (name: string) => readText(info.searchAttributes?.indexedFields?.[name]);
  const owner = attribute('EtudeHome');
  if (owner !== home) throw ofAnother(study, owner, namespace);
  await new SealingCodec(readPayloadKeys()).decode(Object.values(info.memo?.fields ?? {}));
  return { plan: attribute('EtudePlan') ?? '' };
}

function ignoreNotFound(error: unknown): undefined {
  if (!isGrpcServiceError(error) || Number(error.code) !== NOT_FOUND) throw error;
}

function readText(payload: Payload | null | undefined): string | undefined {
  const value: unknown = payload?.data ? JSON.parse(Buffer.from(payload.data).toString('utf8')) : undefined;
  return typeof value === 'string' ? value : undefined;
}

const ofAnother = (study: string, owner: string | undefined, namespace: string): UserError =>
  new UserError(
    `A study ${study} of another home (${owner ?? 'unknown'}) runs in namespace "${namespace}" of this Temporal server.`,
    'Give this one another name in its study file, or set ETUDE_TEMPORAL_NAMESPACE to a namespace of its own.',
  );
