/** Encrypts ("seals") payloads with AES-256-GCM before they go to Temporal's server, and decrypts those that return. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import protos from '@temporalio/proto'; // CommonJS: no named exports here
import { UserError } from '../../contracts/failures.ts';
import { PAYLOAD_KEY, type PayloadKey } from './payload-keys.ts';

const { Payload: PayloadMessage } = protos.temporal.api.common.v1;
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** The name that Temporal's own samples use, so that its tools recognise encrypted payloads. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

/** Without keys nothing is sealed; a sealed payload then gives an error that names the missing key. */
export class SealingCodec implements PayloadCodec {
  readonly #keys: readonly PayloadKey[];

  constructor(keys: readonly PayloadKey[]) {
    this.#keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const [key] = this.#keys;
    return key === undefined ? payloads : payloads.map((payload) => seal(payload, key));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isSealed(payload) ? open(payload, this.#keys) : payload));
  }
}

const textOf = (payload: Payload, name: string): string => Buffer.from(payload.metadata?.[name] ?? []).toString();

export const isSealed = (payload: Payload): boolean => textOf(payload, 'encoding') === ENCODING;

/** The key's id goes into the authenticated data, so that a payload with a swapped id does not decrypt. */
function seal(payload: Payload, { id, secret }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv).setAAD(Buffer.from(id));
  const sealed = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
  return {
    metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, ...sealed, cipher.getAuthTag()]),
  };
}

function open(payload: Payload, keys: readonly PayloadKey[]): Payload {
  const id = textOf(payload, KEY_ID);
  const key = keys.find((known) => known.id === id);
  if (key === undefined) throw sealedWith(id);
  const data = Buffer.from(payload.data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key.secret, data.subarray(0, IV_BYTES)).setAAD(Buffer.from(id));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const plain = [decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
    return PayloadMessage.decode(Buffer.concat(plain));
  } catch (cause) {
    throw new UserError(
      `A payload that was sealed with key ${id} was changed or truncated.`,
      'Restore the database of the Temporal server; ledger and store do not depend on it.',
      { cause },
    );
  }
}

const sealedWith = (id: string): UserError =>
  new UserError(
    `The histories of this study are sealed with key ${/^[0-9a-f]{16}$/.test(id) ? id : '(unknown)'}, which ${PAYLOAD_KEY} does not contain.`,
    `Set ${PAYLOAD_KEY} to that key. If it is lost, start the study in another home or namespace: that costs nothing, as every reply is in the ledger.`,
  );
