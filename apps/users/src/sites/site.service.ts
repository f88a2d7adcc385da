import { type MemberPrincipal, sitesWhere, type Versioned } from '@atrium/contract-kit';
import { siteChanged } from '@atrium/contracts/domain-events';
import type { Site } from '@atrium/contracts/users';
import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { requireAtSite, requireSiteVisible } from '@atrium/platform/auth-guard';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { InvitationRevocation } from '../invitations/invitation-revocation.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { isUniqueViolation } from '../unique-violation.js';
import { siteOf, versionedSiteOf } from './site.mapper.js';
import { SiteRepository, type SiteRow, sitesNameIndex } from './site.repository.js';

/** Live sites of one organization. */
const maxSites = 1_000;

@Injectable()
export class SiteService {
  constructor(
    private readonly database: Database,
    private readonly sites: SiteRepository,
    private readonly organizations: OrganizationRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly invitations: InvitationRevocation,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  list(principal: MemberPrincipal): Promise<{ data: Site[] }> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      const rows = await this.sites.list(tx, sitesWhere(principal, 'sites.read'));
      return { data: rows.map(siteOf) };
    });
  }

  create(principal: MemberPrincipal, name: string): Promise<Site> {
    return this.refusingTakenNames(() =>
      this.database.inTenant(principal.orgId, async (tx) => {
        await this.organizations.lock(tx);
        if ((await this.sites.count(tx)) >= maxSites) throw new DomainError('CONFLICT', `An organization has ${maxSites} sites at most.`);
        const site = await this.sites.add(tx, newId(), name);
        await this.publish(tx, site, false);
        await this.record(tx, 'site.created', site, { after: { name } });
        return siteOf(site);
      }),
    );
  }

  get(principal: MemberPrincipal, id: string): Promise<Versioned<Site>> {
    requireSiteVisible(principal, 'sites.read', id, 'site');
    return this.database.inTenant(principal.orgId, async (tx) => {
      const site = await this.sites.find(tx, id);
      if (!site) throw notFound('site');
      return versionedSiteOf(site);
    });
  }

  async rename(principal: MemberPrincipal, id: string, version: number, name: string): Promise<Versioned<Site>> {
    return this.refusingTakenNames(() =>
      this.database.inTenant(principal.orgId, async (tx) => {
        const before = await this.sites.find(tx, id);
        if (!before) throw notFound('site');
        requireAtSite(principal, { read: 'sites.read', act: 'sites.update' }, id, 'site');
        const renamed = await this.sites.rename(tx, id, version, name);
        if (!renamed) throw new DomainError('PRECONDITION_FAILED');
        await this.publish(tx, renamed, false);
        await this.record(tx, 'site.renamed', renamed, { before: { name: before.name }, after: { name } });
        return versionedSiteOf(renamed);
      }),
    );
  }

  /** Roles and pending invitations of the site end with it. */
  delete(principal: MemberPrincipal, id: string): Promise<void> {
    return this.database.inTenant(principal.orgId, async (tx) => {
      await this.organizations.lock(tx);
      const site = await this.sites.delete(tx, id);
      if (!site) throw notFound('site');
      await this.invitations.revokeAtSite(tx, id);
      const holders = await this.assignments.removeAtSite(tx, id);
      await this.memberships.changed(tx, holders);
      await this.publish(tx, site, true);
      await this.record(tx, 'site.deleted', site, { before: { name: site.name }, details: { members_changed: holders.length } });
    });
  }

  private async publish(tx: TenantTransaction, { id, name, version }: SiteRow, deleted: boolean): Promise<void> {
    const { orgId } = tx;
    await this.outbox.publish(tx, siteChanged, { org_id: orgId, site_id: id, name, deleted, version }, { orgId });
  }

  private record(tx: TenantTransaction, action: string, { id }: SiteRow, change: Partial<AuditRecord>): Promise<void> {
    return this.audit.inOrganization(tx, { ...change, action, resource: { type: 'site', id }, site_id: id });
  }

  private async refusingTakenNames<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isUniqueViolation(error, sitesNameIndex)) throw error;
      throw new DomainError('CONFLICT', 'Another site has this name.', { cause: error, fields: [{ field: 'name', message: 'is taken' }] });
    }
  }
}
