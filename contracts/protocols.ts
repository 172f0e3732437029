/** The protocols that providers speak. A new one: its line here, and its clients in `activities/providers/registry.ts`. */

export interface ProtocolFacts {
  /** Whether a request must name how long its reply may be. */
  readonly limitDemanded: boolean;
  /** Whether its providers take batches. */
  readonly batches: boolean;
  /** The most requests and bytes of one batch, as its best known provider has them. */
  readonly batchLimits: { readonly items: number; readonly bytes: number };
  /** Whether the lab has a server of it. */
  readonly lab: boolean;
}

export const PROTOCOLS = {
  openai: { limitDemanded: false, batches: true, batchLimits: { items: 50_000, bytes: 200_000_000 }, lab: true },
  anthropic: { limitDemanded: true, batches: true, batchLimits: { items: 100_000, bytes: 256_000_000 }, lab: true },
} as const satisfies Readonly<Record<string, ProtocolFacts>>;

export type Protocol = keyof typeof PROTOCOLS;
export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as [Protocol, ...Protocol[]];
