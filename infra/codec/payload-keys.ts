/** Keys that seal what Temporal's server keeps, from the environment: they are never written down. */
import { createHash } from 'node:crypto';
import { UserError } from '../../contracts/failures.ts';

export interface PayloadKey {
  /** Names the key without telling it: the beginning of its SHA-256. */
  readonly id: string;
  readonly secret: Buffer;
}

export const PAYLOAD_KEY = 'ETUDE_PAYLOAD_KEY';
const BYTES = 32;

/** The keys of ETUDE_PAYLOAD_KEY, parted by commas: the first one seals, each of them opens. Empty without it. */
export function readPayloadKeys(env: NodeJS.ProcessEnv = process.env): PayloadKey[] {
  const written = env[PAYLOAD_KEY]?.trim();
  if (!written) return [];
  return written.split(',').map((text, index, all) => readKey(text.trim(), `key ${index + 1} of ${all.length}`));
}

function readKey(text: string, which: string): PayloadKey {
  const secret = Buffer.from(text, 'base64');
  // Node passes over what is no base64: only what comes out the same was meant.
  if (secret.length !== BYTES || secret.toString('base64') !== text)
    throw new UserError(
      `${PAYLOAD_KEY}: ${which} is not ${BYTES} bytes in base64.`,
      `Make one with \`openssl rand -base64 ${BYTES}\`; several, for a change of keys, are parted by commas, the newest first.`,
    );
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 16), secret };
}
