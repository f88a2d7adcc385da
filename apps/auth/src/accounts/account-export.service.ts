import type { Principal } from '@atrium/contract-kit';
import type { AccountExport } from '@atrium/contracts/auth';
import { Database, rowsOf, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { toIdentityView } from '../identities/identity.mapper.js';
import { IdentityRepository } from '../identities/identity.repository.js';
import { ApiKeyRepository } from '../api-keys/api-key.repository.js';
import { toApiKey } from '../api-keys/api-key.mapper.js';
import { DeviceRepository, type KnownDevice } from '../devices/device.repository.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { toPasskeyView } from '../passkeys/passkey.mapper.js';
import { PasskeyRepository } from '../passkeys/passkey.repository.js';
import { SecondFactorService } from '../second-factors/second-factor.service.js';
import { claimsOf } from '../tokens/token-claims.js';

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_org_id: string | null;
}

interface SessionRow {
  readonly id: string;
  readonly org_id: string | null;
  readonly user_agent: string | null;
  readonly address: string | null;
  readonly methods: string[];
  readonly created_at: Date;
  readonly authenticated_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly end_reason: string | null;
}

/** Of one organization. More than live at once; of those that are over the newest. */
const mostKeys = 1_000;
const accountSql = `select id, email, email_verified_at, created_at, updated_at, last_org_id from auth.accounts where id = $1`;
const sessionsSql = `
  select id, org_id, user_agent, host(address) as address, methods, created_at, authenticated_at, last_used_at, expires_at,
    ended_at, end_reason
  from auth.sessions where account_id = $1 order by created_at, id`;

/** Gathers what auth holds of a person, but for what would let somebody in. */
@Injectable()
export class AccountExportService {
  constructor(
    private readonly database: Database,
    private readonly memberships: MembershipRepository,
    private readonly identities: IdentityRepository,
    private readonly secondFactors: SecondFactorService,
    private readonly passkeys: PasskeyRepository,
    private readonly devices: DeviceRepository,
    private readonly apiKeys: ApiKeyRepository,
  ) {}

  export({ userId }: Principal): Promise<AccountExport> {
    return this.database.asUser(userId, async (tx) => {
      const [account] = await rowsOf<AccountRow>(tx, accountSql, [userId]);
      if (!account) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the account is gone' });
      return {
        account: { ...account, ...timesOf(account), email_verified_at: account.email_verified_at?.toISOString() ?? null },
        sessions: await this.sessionsOf(tx, userId),
        identities: (await this.identities.list(tx, userId)).map((one) => ({ ...toIdentityView(one), subject: one.subject })),
        second_factors: await this.secondFactors.statusOf(tx, userId),
        passkeys: (await this.passkeys.list(tx, userId)).map(toPasskeyView),
        devices: (await this.devices.list(tx, userId)).map(toDevice),
        api_keys: await this.apiKeysOf(tx, userId),
        memberships: await this.membershipsOf(tx, userId),
      };
    });
  }

  private async sessionsOf(tx: Transaction, userId: string): Promise<AccountExport['sessions']> {
    return (await rowsOf<SessionRow>(tx, sessionsSql, [userId])).map((session) => ({
      ...session,
      created_at: session.created_at.toISOString(),
      authenticated_at: session.authenticated_at.toISOString(),
      last_used_at: session.last_used_at.toISOString(),
      expires_at: session.expires_at.toISOString(),
      ended_at: session.ended_at?.toISOString() ?? null,
    }));
  }

  /** In each organization of the person, since keys are an organization's. */
  private async apiKeysOf(tx: Transaction, userId: string): Promise<AccountExport['api_keys']> {
    const keys: AccountExport['api_keys'] = [];
    for (const { orgId } of await this.memberships.listOfPerson(tx, userId)) {
      const rows = await this.database.inTenant(orgId, (inOrganization) => this.apiKeys.page(inOrganization, userId, mostKeys, 0));
      keys.push(...rows.map((row) => ({ ...toApiKey(row), org_id: orgId })));
    }
    return keys;
  }

  private async membershipsOf(tx: Transaction, userId: string): Promise<AccountExport['memberships']> {
    return (await this.memberships.listOfPerson(tx, userId)).map((membership) => ({
      org_id: membership.orgId,
      organization_name: membership.organizationName ?? '',
      roles: claimsOf(membership).roles,
    }));
  }
}

const timesOf = ({ created_at, updated_at }: AccountRow) => ({
  created_at: created_at.toISOString(),
  updated_at: updated_at.toISOString(),
});

const toDevice = ({ id, user_agent, created_at, last_used_at, expires_at }: KnownDevice) => ({
  id,
  user_agent,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at.toISOString(),
  expires_at: expires_at.toISOString(),
});
