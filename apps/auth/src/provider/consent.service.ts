import type { Client as Caller } from '@atrium/contract-kit';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, newId, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import { z } from 'zod';
import { AccountRepository } from '../accounts/account.repository.js';
import { SessionMemberships } from '../sessions/session-memberships.js';
import { SessionRepository } from '../sessions/session.repository.js';
import type { OAuthClientRow } from './clients/oauth-client.repository.js';
import type { OpenInteraction } from './interaction.service.js';
import { PayloadRepository } from './storage/payload.repository.js';

type SignedInBrowser = NonNullable<OpenInteraction['interaction']['session']>;

/** What the library found missing in what was granted so far. */
const missing = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingOIDCClaims: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
});

/** The scopes that a consent page shows. */
export const askedScopes = ({ interaction }: OpenInteraction): string[] => {
  const { missingOIDCScope, missingResourceScopes } = missing.parse(interaction.prompt.details);
  return [...missingOIDCScope, ...Object.values(missingResourceScopes).flat()];
};

/** Turns a person's yes into a grant, which has a session of the platform for itself. */
@Injectable()
export class ConsentService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly memberships: SessionMemberships,
    private readonly payloads: PayloadRepository,
    private readonly audit: AuditTrail,
  ) {}

  async emailOf(accountId: string): Promise<string> {
    return (await this.database.withoutTenant((tx) => this.accounts.findById(tx, accountId)))?.email ?? '';
  }

  /** @returns the grant's id; undefined for somebody who is no member of the client's organization */
  async grant(provider: Provider, open: OpenInteraction, caller: Caller): Promise<string | undefined> {
    const { interaction, client } = open;
    const signedIn = interaction.session;
    if (!signedIn) return undefined;
    const { accountId } = signedIn;
    if (!(await this.memberships.find(accountId, client.org_id))) return undefined;
    return this.database.withoutTenant(async (tx) => {
      if (!(await this.accounts.lockActive(tx, accountId))) return undefined;
      const known = interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
      const grant = known ?? new provider.Grant({ accountId, clientId: client.id });
      const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = missing.parse(interaction.prompt.details);
      if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope);
      if (missingOIDCClaims.length > 0) grant.addOIDCClaims(missingOIDCClaims);
      for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes);
      const grantId = await grant.save();
      const sessionId = known ? undefined : await this.openSession(tx, grantId, client, signedIn, caller);
      await this.record(tx, { accountId, client, sessionId, scopes: askedScopes(open) });
      return grantId;
    });
  }

  /** In the person's list of sessions it goes by the client's name, and can be ended there. */
  private async openSession(
    tx: Transaction,
    grantId: string,
    client: OAuthClientRow,
    { accountId, uid, amr = [] }: SignedInBrowser,
    caller: Caller,
  ): Promise<string> {
    const id = newId();
    const methods = amr.filter((method) => method === 'pwd' || method === 'otp' || method === 'rcv' || method === 'hwk' || method === 'fed');
    await this.sessions.insert(tx, { id, account_id: accountId, org_id: client.org_id, device_id: null }, { ...caller, userAgent: `App: ${client.name}` }, methods);
    await this.payloads.bindGrant(tx, grantId, id, uid);
    return id;
  }

  private record(
    tx: Transaction,
    { accountId, client, sessionId = null, scopes }: { accountId: string; client: OAuthClientRow; sessionId: string | null | undefined; scopes: string[] },
  ): Promise<void> {
    return this.audit.record(
      tx,
      {
        action: 'grant.consented',
        actor: { kind: 'user', id: accountId, session_id: sessionId },
        resource: { type: 'oauth_client', id: client.id },
        details: { scopes },
      },
      { orgId: client.org_id },
    );
  }
}
