import { toDomainError } from '@atrium/platform/http';
import type { Context, Next } from 'koa';

interface OAuthFailure {
  readonly error: 'server_error' | 'temporarily_unavailable';
  readonly error_description: string;
}

/** Says of a failure of ours what may be said: that it is ours, and whether trying again makes sense. */
export function answerFailure(ctx: Context, error: unknown): void {
  const { status, message, retryAfterSeconds } = toDomainError(error);
  const isTemporary = status === 503 || status === 504;
  const body: OAuthFailure = { error: isTemporary ? 'temporarily_unavailable' : 'server_error', error_description: message };
  ctx.status = isTemporary ? 503 : 500;
  if (isTemporary) ctx.set('retry-after', String(retryAfterSeconds ?? 2));
  ctx.set('cache-control', 'no-store');
  ctx.body = body;
}

/** Of what surrounds the library, such as a transaction that can't begin or commit. */
export const failuresMiddleware =
  (report: (error: unknown) => void) =>
  async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      report(error);
      answerFailure(ctx, error);
    }
  };
