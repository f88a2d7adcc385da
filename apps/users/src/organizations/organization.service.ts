import type { MemberPrincipal, Principal, Versioned } from '@atrium/contract-kit';
import { organizationChanged } from '@atrium/contracts/domain-events';
import type { Organization } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { requireSameOrganization } from '@atrium/platform/auth-guard';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { OrganizationFounding } from './organization-founding.js';
import { organizationOf, versionedOrganizationOf } from './organization.mapper.js';
import { OrganizationRepository, type OrganizationRow } from './organization.repository.js';

/** Organizations that one person may belong to before founding another is refused. */
const maxOrganizations = 100;

@Injectable()
export class OrganizationService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly accounts: AccountRepository,
    private readonly founding: OrganizationFounding,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  async list({ userId }: Principal): Promise<{ data: Organization[] }> {
    const rows = await this.database.asUser(userId, (tx) => this.organizations.listOf(tx, userId, maxOrganizations));
    return { data: rows.map(organizationOf) };
  }

  async create({ userId }: Principal, name: string): Promise<Organization> {
    return this.database.asUser(userId, async (tx) => {
      const account = await this.accounts.findRegistered(tx, userId);
      if (!account) throw accountUnknown();
      const own = await this.organizations.listOf(tx, userId, maxOrganizations);
      if (own.length >= maxOrganizations) throw new DomainError('CONFLICT', `You belong to ${own.length} organizations already.`);
      return organizationOf(await this.founding.found(account, name));
    });
  }

  get(principal: MemberPrincipal, orgId: string): Promise<Versioned<Organization>> {
    requireSameOrganization(principal, orgId, 'organization');
    return this.database.inTenant(orgId, async (tx) => versionedOrganizationOf(await this.current(tx)));
  }

  rename(principal: MemberPrincipal, orgId: string, version: number, name: string): Promise<Versioned<Organization>> {
    requireSameOrganization(principal, orgId, 'organization');
    return this.database.inTenant(orgId, async (tx) => {
      const before = await this.current(tx);
      const renamed = await this.organizations.rename(tx, version, name);
      if (!renamed) throw new DomainError('PRECONDITION_FAILED');
      await this.outbox.publish(tx, organizationChanged, { org_id: orgId, name, version: renamed.version }, { orgId });
      const change = { before: { name: before.name }, after: { name } };
      await this.audit.inOrganization(tx, { action: 'organization.renamed', resource: { type: 'organization', id: orgId }, ...change });
      return versionedOrganizationOf(renamed);
    });
  }

  private async current(tx: TenantTransaction): Promise<OrganizationRow> {
    const row = await this.organizations.find(tx);
    if (!row) throw notFound('organization');
    return row;
  }
}

/** The registration is on its way from auth. */
const accountUnknown = (): DomainError =>
  new DomainError('CONFLICT', 'Your account is still being set up. Try again in a moment.', { retryAfterSeconds: 2 });
