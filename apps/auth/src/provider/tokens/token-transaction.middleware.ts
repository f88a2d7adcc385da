import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Context, Next } from 'koa';
import { providerRoutes } from '../provider-routes.js';
import { Turns } from '../storage/turns.js';

class NothingHappened extends Error {}

/**
 * A token request is one transaction: a code or refresh token is used up if, and only if, its tokens are issued. Of two
 * requests with the same code the second waits for the first, then finds it used, and ends the grant with the tokens that
 * the first has just got. A refusal commits as well, since it may have ended a grant; a failure rolls back.
 */
@Injectable()
export class TokenTransactionMiddleware {
  constructor(
    private readonly database: Database,
    private readonly turns: Turns,
  ) {}

  readonly handle = async (ctx: Context, next: Next): Promise<void> => {
    if (ctx.path !== providerRoutes.token || ctx.method !== 'POST') return next();
    try {
      await this.database.withoutTenant(async () => {
        await this.turns.run(next);
        if (ctx.status === 429 || ctx.status >= 500) throw new NothingHappened();
      });
    } catch (error) {
      if (!(error instanceof NothingHappened)) throw error;
    }
  };
}
