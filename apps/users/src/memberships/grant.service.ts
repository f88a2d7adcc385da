import type { MemberPrincipal } from '@atrium/contract-kit';
import { systemRoles } from '@atrium/contracts/users';
import { AccessDeniedError, requirePermission, requireSiteVisible } from '@atrium/platform/auth-guard';
import type { TenantTransaction } from '@atrium/platform/database';
import { invalidField, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { RoleRepository, type RoleRow } from '../roles/role.repository.js';
import { SiteRepository } from '../sites/site.repository.js';
import { requireMayGrant } from './grant.policy.js';
import { type HeldRole, RoleAssignmentRepository } from './role-assignment.repository.js';

export interface GrantRequest {
  readonly roleId: number;
  /** Null for the whole organization. */
  readonly siteId: string | null;
}

export interface Grant {
  readonly role: RoleRow;
  /** What the grantor holds now, which their token may not know yet. */
  readonly grantor: readonly HeldRole[];
}

/** What assignments and invitations demand alike: of the site, of the role, and of whoever gives it. */
@Injectable()
export class GrantService {
  constructor(
    private readonly sites: SiteRepository,
    private readonly roles: RoleRepository,
    private readonly assignments: RoleAssignmentRepository,
  ) {}

  /**
   * `permission` is what the principal needs in the scope at hand. The caller has locked the organization.
   * @throws DomainError NOT_FOUND for a site or role that isn't there, FORBIDDEN for a role beyond the principal's own
   */
  async requireMayGrant(
    tx: TenantTransaction,
    principal: MemberPrincipal,
    permission: string,
    { roleId, siteId }: GrantRequest,
  ): Promise<Grant> {
    if (siteId !== null) await this.requireSite(tx, principal, siteId);
    requirePermission(principal, permission, siteId ?? undefined);
    const role = await this.roles.find(tx, roleId);
    if (!role) throw notFound('role');
    const grantor = await this.assignments.heldByActive(tx, principal);
    requireMayGrant(grantor, role, siteId);
    if (role.id === systemRoles.org_admin.id && siteId !== null) {
      throw invalidField('site_id', 'must be left out: this role is for the whole organization');
    }
    return { role, grantor };
  }

  /** Whether the person could give that role there themselves. */
  mayGrant(grantor: readonly HeldRole[], role: HeldRole): boolean {
    try {
      requireMayGrant(grantor, { ...role, id: role.role_id }, role.site_id);
      return true;
    } catch (error) {
      if (error instanceof AccessDeniedError) return false;
      throw error;
    }
  }

  private async requireSite(tx: TenantTransaction, principal: MemberPrincipal, siteId: string): Promise<void> {
    if (!(await this.sites.find(tx, siteId))) throw notFound('site');
    requireSiteVisible(principal, 'sites.read', siteId, 'site');
  }
}
