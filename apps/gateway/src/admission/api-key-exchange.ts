import { apiKeyExchange, type ExchangedApiKey } from '@atrium/contracts/auth';
import { DomainError } from '@atrium/platform/errors';

/** Milliseconds; a request waits on it. */
const patience = 3_000;

const unavailable = (detail: string, cause?: unknown): DomainError =>
  new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail, cause, retryAfterSeconds: 2 });

/** Gives the access token that stands for a key, or undefined for a key that auth refuses. */
export type ExchangeApiKey = (key: string) => Promise<ExchangedApiKey | undefined>;

/** Asks auth. The key travels in the body, which nobody logs. Throws UPSTREAM_UNAVAILABLE when there is no verdict. */
export const exchangeAtAuth =
  (authUrl: string): ExchangeApiKey =>
  async (key) => {
    const response = await fetch(new URL(apiKeyExchange.path, authUrl), {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
      signal: AbortSignal.timeout(patience),
    }).catch((error: unknown) => {
      throw unavailable('auth could not be asked about an API key', error);
    });
    if (response.status === 200) {
      const answer = apiKeyExchange.answer.safeParse(await response.json().catch(() => undefined));
      if (answer.success) return answer.data;
      throw unavailable('auth answered something else when asked about an API key');
    }
    await response.body?.cancel();
    if (response.status === 401) return undefined;
    throw unavailable(`auth answered ${response.status} when asked about an API key`);
  };
