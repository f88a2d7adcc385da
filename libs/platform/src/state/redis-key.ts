/** Names in the shared store: one prefix, so that it can be shared with other software. */
export const redisKey = (kind: 'limit' | 'counter' | 'attempts' | 'cache' | 'revocations', key = ''): string =>
  key ? `atrium:${kind}:${key}` : `atrium:${kind}`;
