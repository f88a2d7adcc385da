import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Context, Next } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { providerRoutes } from './provider-routes.js';
import { GrantRevocation } from './storage/grant-revocation.js';
import { PayloadRepository } from './storage/payload.repository.js';

/** What the sign-in form leaves in the interaction's result besides what the library reads. */
export const signInResult = z.object({ account_id: z.uuid(), session_id: z.uuid() });

const isOidc = (ctx: Context): ctx is Context & KoaContextWithOIDC => typeof ctx['oidc'] === 'object' && ctx['oidc'] !== null;

/** Keeps the library's memory of a browser's sign-in and the platform's session of it together. */
@Injectable()
export class SignInBinding {
  constructor(
    private readonly database: Database,
    private readonly payloads: PayloadRepository,
    private readonly sessions: SessionRepository,
    private readonly revocations: RevocationPublisher,
    private readonly grants: GrantRevocation,
  ) {}

  readonly handle = async (ctx: Context, next: Next): Promise<void> => {
    await next();
    if (!ctx.path.startsWith(`${providerRoutes.authorization}/`) && !ctx.path.startsWith(providerRoutes.end_session)) return;
    if (!isOidc(ctx)) return;
    if (ctx.oidc.route === 'resume') await this.bind(ctx);
    if (ctx.oidc.route === 'end_session_confirm' && ctx.oidc.params?.['logout'] !== undefined && ctx.status < 400) await this.signOut(ctx);
  };

  private async bind({ oidc }: KoaContextWithOIDC): Promise<void> {
    const signIn = signInResult.safeParse(oidc.result?.['sign_in']);
    const { session } = oidc;
    if (!signIn.success || session?.accountId !== signIn.data.account_id) return;
    const { uid } = session;
    const before = await this.database.withoutTenant((tx) => this.payloads.bindSignIn(tx, uid, signIn.data.session_id));
    if (before !== undefined) await this.end(signIn.data.account_id, before);
  }

  /** Ends the browser's session, and what client apps got by it unless they asked to stay (`offline_access`). */
  private async signOut({ oidc }: KoaContextWithOIDC): Promise<void> {
    const { session, provider } = oidc;
    if (session?.accountId === undefined) return;
    for (const { grantId } of Object.values(session.authorizations ?? {})) {
      const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
      if (grant && !grant.getOIDCScope().split(' ').includes('offline_access')) await this.grants.end(grant.jti, 'revoked');
    }
    const sessionId = await this.database.withoutTenant((tx) => this.payloads.sessionOfSignIn(tx, session.uid));
    if (sessionId !== undefined) await this.end(session.accountId, sessionId);
  }

  private async end(accountId: string, sessionId: string): Promise<void> {
    const ended = await this.database.withoutTenant((tx) => this.sessions.end(tx, accountId, sessionId, 'logout'));
    if (ended) await this.revocations.revokeSession(sessionId);
  }
}
