/** The keys that encrypt what Temporal's server stores. They come from the environment and are never written to disk. */
import { createHash } from 'node:crypto';
import { UserError } from '../../contracts/failures.ts';

export interface PayloadKey {
  /** Identifies the key without revealing it: the first 16 hex digits of its SHA-256. */
  readonly id: string;
  readonly secret: Buffer;
}

export const PAYLOAD_KEY = 'ETUDE_PAYLOAD_KEY';
const BYTES = 32;

/** The comma-separated keys of `ETUDE_PAYLOAD_KEY`: the first encrypts, any of them decrypts. Empty when it is not set. */
export function readPayloadKeys(env: NodeJS.ProcessEnv = process.env): PayloadKey[] {
  const written = env[PAYLOAD_KEY]?.trim();
  if (!written) return [];
  return written.split(',').map((text, index, all) => readKey(text.trim(), `key ${index + 1} of ${all.length}`));
}

function readKey(text: string, which: string): PayloadKey {
  const secret = Buffer.from(text, 'base64');
  // Node's decoder ignores characters that are not base64, so the result is encoded again and compared.
  if (secret.length !== BYTES || secret.toString('base64') !== text)
    throw new UserError(
      `${PAYLOAD_KEY}: ${which} is not ${BYTES} bytes in base64.`,
      `Make one with \`openssl rand -base64 ${BYTES}\`; to change keys, list several with commas between them, the newest first.`,
    );
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 16), secret };
}
