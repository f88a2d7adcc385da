import type { MemberPrincipal } from '@atrium/contract-kit';
import { type Permission, permissionCatalog, systemRoles } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { isUniqueViolation } from '../unique-violation.js';
import { PermissionRepository, permissionsKey } from './permission.repository.js';

/** Own permissions of one organization: each travels in the tokens of its org_admins, whose size is bounded. */
const maxPermissions = 50;

@Injectable()
export class PermissionService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly permissions: PermissionRepository,
    private readonly memberships: MembershipPublisher,
    private readonly audit: AuditTrail,
  ) {}

  list({ orgId }: MemberPrincipal): Promise<{ data: Permission[] }> {
    return this.database.inTenant(orgId, async (tx) => ({ data: await this.permissions.list(tx) }));
  }

  /** Every org_admin holds it from now on, and gets a token that says so. */
  async create({ orgId }: MemberPrincipal, permission: Permission): Promise<Permission> {
    if (Object.hasOwn(permissionCatalog, permission.name)) throw nameTaken();
    try {
      return await this.database.inTenant(orgId, async (tx) => {
        await this.organizations.lock(tx);
        if ((await this.permissions.count(tx)) >= maxPermissions) {
          throw new DomainError('CONFLICT', `An organization has ${maxPermissions} permissions of its own at most.`);
        }
        await this.permissions.add(tx, permission);
        await this.memberships.roleChanged(tx, systemRoles.org_admin.id);
        await this.audit.inOrganization(tx, { action: 'permission.created', resource: { type: 'permission', id: permission.name } });
        return permission;
      });
    } catch (error) {
      if (isUniqueViolation(error, permissionsKey)) throw nameTaken(error);
      throw error;
    }
  }
}

const nameTaken = (cause?: unknown): DomainError =>
  new DomainError('CONFLICT', 'A permission with this name exists already.', { cause, fields: [{ field: 'name', message: 'is taken' }] });
