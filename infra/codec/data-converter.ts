import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { PayloadKey } from './payload-keys.ts';
import { SealingCodec } from './sealing-codec.ts';

/**
 * The module that puts failure messages into encrypted payloads; the workflow bundle needs it too. Undefined without
 * keys, so that failures stay readable in the Web UI.
 */
export const failureConverterPath = (keys: readonly PayloadKey[]): string | undefined =>
  keys.length === 0 ? undefined : fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** The converter that every client and worker of a home must use, so that each can read what the others wrote. */
export function makeDataConverter(keys: readonly PayloadKey[]): DataConverter {
  const path = failureConverterPath(keys);
  return { payloadCodecs: [new SealingCodec(keys)], ...(path !== undefined && { failureConverterPath: path }) };
}
