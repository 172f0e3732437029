import type { Science } from '../../contracts/plan.ts';

export interface EndpointHint {
  readonly provider: string;
  readonly endpoint: string;
}

/**
 * Addresses of the OpenAI protocol without a version in their path: nearly all servers answer under `/v1`, and 404 beside it.
 * Anthropic's client adds that itself.
 */
export const endpointHints = ({ providers }: Pick<Science, 'providers'>): EndpointHint[] =>
  Object.entries(providers).flatMap(([provider, { protocol, endpoint }]) =>
    protocol === 'openai' && URL.canParse(endpoint) && !/\/v\d+\w*(?:\/|$)/.test(new URL(endpoint).pathname)
      ? [{ provider, endpoint }]
      : [],
  );
