import type { LimitDecision } from '@atrium/platform/state';
import type { LimitPolicy } from './limit-policy.js';

export interface PolicyState {
  readonly policy: LimitPolicy;
  readonly decision: LimitDecision;
}

/**
 * `X-RateLimit-*` (Reset in seconds from now) and the fields of draft-ietf-httpapi-ratelimit-headers-10: `q` quota,
 * `w` window, `r` remaining, `t` seconds until it is whole again.
 */
export function limitHeaders({ policy, decision }: PolicyState): string[] {
  const { limit, remaining, resetSeconds } = decision;
  return [
    'x-ratelimit-limit',
    String(limit),
    'x-ratelimit-remaining',
    String(remaining),
    'x-ratelimit-reset',
    String(resetSeconds),
    'ratelimit-policy',
    `"${policy.name}";q=${limit};w=${policy.limit.windowSeconds}`,
    'ratelimit',
    `"${policy.name}";r=${remaining};t=${resetSeconds}`,
  ];
}
