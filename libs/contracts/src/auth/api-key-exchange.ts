import { z } from 'zod';

/** What the gateway asks of auth where a request carries an API key. No part of the public face. */
export const apiKeyExchange = {
  path: '/internal/api-keys/exchange',
  body: z.strictObject({ key: z.string().max(128) }),
  /** `expires_in` in seconds, from now. */
  answer: z.object({ access_token: z.string(), expires_in: z.int().positive() }),
} as const;
export type ExchangedApiKey = z.output<typeof apiKeyExchange.answer>;
