import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { PayloadKey } from './payload-keys.ts';
import { SealingCodec } from './sealing-codec.ts';

/** For the workflow bundle too, which carries it. Undefined without keys: messages stay readable in the Web UI. */
export const failureConverterPath = (keys: readonly PayloadKey[]): string | undefined =>
  keys.length === 0 ? undefined : fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** What every client and worker of a home reads and writes payloads with. */
export function makeDataConverter(keys: readonly PayloadKey[]): DataConverter {
  const path = failureConverterPath(keys);
  return { payloadCodecs: [new SealingCodec(keys)], ...(path !== undefined && { failureConverterPath: path }) };
}
