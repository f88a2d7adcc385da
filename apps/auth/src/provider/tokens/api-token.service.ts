import { randomUUID } from 'node:crypto';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import type { AccessToken, ClientCredentials, JWTStructured, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { AUTH_CONFIG, type AuthConfig } from '../../config.js';
import { SessionMemberships } from '../../sessions/session-memberships.js';
import { SessionRepository } from '../../sessions/session.repository.js';
import { OAuthClientRepository, type OAuthClientRow } from '../clients/oauth-client.repository.js';
import { PayloadRepository } from '../storage/payload.repository.js';
import { lentClaims, lentPermissions, ownClaims } from './lent-claims.js';
import { twinId, twinOf } from './token-twin.js';

type Issued = AccessToken | ClientCredentials;

/**
 * Makes the library's access tokens ones of the platform (RFC 9068): the same claims as those of its own sessions, with
 * `client_id` beside them. Everything comes from our records at the moment of issue.
 */
@Injectable()
export class ApiTokenService {
  constructor(
    private readonly database: Database,
    private readonly clients: OAuthClientRepository,
    private readonly payloads: PayloadRepository,
    private readonly sessions: SessionRepository,
    private readonly memberships: SessionMemberships,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'TOKEN_ISSUER' | 'TOKEN_AUDIENCE'>,
  ) {}

  /** Replaces the payload that the library made; throws the library's `invalid_grant` for what is over meanwhile. */
  async shape(ctx: KoaContextWithOIDC, token: Issued, parts: JWTStructured): Promise<void> {
    const client = await this.clientOf(token);
    const scopes = new Set((token.scope ?? '').split(' '));
    const { iat, exp } = parts.payload;
    const jti = randomUUID();
    const claims = token.kind === 'ClientCredentials' ? this.ofClient(client, token, scopes) : await this.ofPerson(token, client, scopes);
    const issuer = { iss: this.config.TOKEN_ISSUER, aud: this.config.TOKEN_AUDIENCE };
    parts.payload = { ...issuer, ...claims, jti, iat, exp, client_id: client.id, ...(token.scope ? { scope: token.scope } : {}) };
    await this.keepTwin(ctx, token, jti, Number(iat), Number(exp));
  }

  private ofClient(client: OAuthClientRow, token: ClientCredentials, asked: ReadonlySet<string>) {
    // Without a scope it is the default one, and the answer says which (RFC 6749 §3.3).
    const permissions = lentPermissions(token.scope ? asked : new Set(client.permissions), client.permissions);
    token.scope = [...permissions].sort().join(' ');
    return { sub: client.id, sid: client.token_session_id, ...ownClaims(client.org_id, permissions) };
  }

  private async ofPerson(token: AccessToken, client: OAuthClientRow, scopes: ReadonlySet<string>) {
    const { accountId, grantId } = token;
    const membership = await this.memberships.find(accountId, client.org_id);
    const sessionId = grantId === undefined ? undefined : await this.touch(grantId, client.org_id);
    if (!membership || sessionId === undefined) throw new errors.InvalidGrant('the session or the membership is over');
    return { sub: accountId, sid: sessionId, ...lentClaims(membership, lentPermissions(scopes, client.permissions)) };
  }

  private touch(grantId: string, orgId: string): Promise<string | undefined> {
    return this.database.withoutTenant(async (tx) => {
      const sessionId = await this.payloads.sessionOfGrant(tx, grantId);
      if (sessionId !== undefined) await this.sessions.touch(tx, sessionId, orgId);
      return sessionId;
    });
  }

  private async clientOf(token: Issued): Promise<OAuthClientRow> {
    const id = token.clientId ?? '';
    const client = await this.database.withoutTenant((tx) => this.clients.findAnywhere(tx, id));
    if (!client) throw new DomainError('INTERNAL', undefined, { detail: 'a token for a client that is gone' });
    return client;
  }

  private async keepTwin(ctx: KoaContextWithOIDC, token: Issued, jti: string, iat: number, exp: number): Promise<void> {
    const payload = twinOf(ctx, token, iat, exp);
    const stored = await this.database.withoutTenant((tx) =>
      this.payloads.upsert(tx, {
        model: token.kind,
        id: twinId(jti),
        payload,
        grantId: payload.grantId ?? null,
        uid: null,
        clientId: token.clientId ?? null,
        seconds: exp - iat,
      }),
    );
    if (!stored) throw new errors.InvalidGrant('the grant is over');
  }
}
