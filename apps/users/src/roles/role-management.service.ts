import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import { type Role, systemRoles } from '@atrium/contracts/users';
import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, invalidField } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { InvitationRevocation } from '../invitations/invitation-revocation.js';
import { MembershipPublisher } from '../memberships/membership.publisher.js';
import { RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { isUniqueViolation } from '../unique-violation.js';
import { PermissionRepository } from './permission.repository.js';
import { roleOf, versionedRoleOf } from './role.mapper.js';
import { requireMayManage } from './role.policy.js';
import { RoleRepository, type RoleRow, rolesNameIndex } from './role.repository.js';
import { RoleService } from './role.service.js';

/** Own roles of one organization. */
const maxRoles = 200;
const lowestRank = 1;

export interface RoleChange {
  readonly name: string;
  /** Where it is left out: the rank of before, and the lowest for a new role. */
  readonly rank?: number | undefined;
}

/** Makes, changes and deletes an organization's own roles; those of the platform never change. */
@Injectable()
export class RoleManagementService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly current: RoleService,
    private readonly roles: RoleRepository,
    private readonly permissions: PermissionRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly memberships: MembershipPublisher,
    private readonly invitations: InvitationRevocation,
    private readonly audit: AuditTrail,
  ) {}

  create(principal: MemberPrincipal, { name, rank = lowestRank }: RoleChange, permissions: readonly string[]): Promise<Role> {
    refuseReservedName(name);
    return this.changing(principal, async (tx) => {
      await this.requireKnown(tx, permissions);
      await this.requireMayManage(tx, principal, { system: false, rank, permissions });
      if ((await this.roles.count(tx)) >= maxRoles) throw new DomainError('CONFLICT', `An organization has ${maxRoles} roles at most.`);
      const id = await this.roles.add(tx, { name, rank });
      await this.roles.setPermissions(tx, id, permissions);
      await this.record(tx, 'role.created', id, { after: { name, rank, permissions: [...permissions] } });
      return roleOf(await this.current.current(tx, id));
    });
  }

  update(principal: MemberPrincipal, id: number, version: number, change: RoleChange): Promise<Versioned<Role>> {
    return this.changing(principal, async (tx) => {
      const role = await this.current.current(tx, id);
      await this.requireMayManage(tx, principal, role);
      const next = { name: change.name, rank: change.rank ?? role.rank };
      await this.requireMayManage(tx, principal, { ...role, ...next });
      refuseReservedName(next.name);
      if (!(await this.roles.update(tx, id, version, next))) throw new DomainError('PRECONDITION_FAILED');
      await this.record(tx, 'role.updated', id, { before: { name: role.name, rank: role.rank }, after: next });
      // Tokens carry the names of roles, and not their ranks.
      if (next.name !== role.name) await this.memberships.roleChanged(tx, id);
      return versionedRoleOf(await this.current.current(tx, id));
    });
  }

  setPermissions(principal: MemberPrincipal, id: number, version: number, permissions: readonly string[]): Promise<Versioned<Role>> {
    return this.changing(principal, async (tx) => {
      const role = await this.current.current(tx, id);
      await this.requireMayManage(tx, principal, role);
      await this.requireKnown(tx, permissions);
      await this.requireMayManage(tx, principal, { ...role, permissions });
      // Whatever changes a role takes its turn, so that the version read is still the one that is replaced.
      if (role.version !== version) throw new DomainError('PRECONDITION_FAILED');
      if (!isSameSet(role.permissions, permissions)) {
        await this.roles.setPermissions(tx, id, permissions);
        await this.roles.raiseVersion(tx, id);
        await this.memberships.roleChanged(tx, id);
        const change = { before: { permissions: [...role.permissions] }, after: { permissions: [...permissions] } };
        await this.record(tx, 'role.permissions_changed', id, change);
      }
      return versionedRoleOf(await this.current.current(tx, id));
    });
  }

  /** Pending invitations to the role end with it. */
  delete(principal: MemberPrincipal, id: number): Promise<void> {
    return this.changing(principal, async (tx) => {
      const role = await this.current.current(tx, id);
      await this.requireMayManage(tx, principal, role);
      await this.assignments.removeFromRemoved(tx, id);
      if (await this.assignments.isHeld(tx, id)) throw new DomainError('CONFLICT', 'Somebody holds this role. Take it from them first.');
      await this.invitations.revokeForRole(tx, id);
      await this.roles.delete(tx, id);
      const { name, rank, permissions } = role;
      await this.record(tx, 'role.deleted', id, { before: { name, rank, permissions: [...permissions] } });
    });
  }

  /** Takes turns with everything else that changes who holds what. */
  private async changing<T>({ orgId }: MemberPrincipal, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    try {
      return await this.database.inTenant(orgId, async (tx) => {
        await this.organizations.lock(tx);
        return work(tx);
      });
    } catch (error) {
      if (!isUniqueViolation(error, rolesNameIndex)) throw error;
      throw nameTaken(error);
    }
  }

  private async requireMayManage(
    tx: TenantTransaction,
    principal: MemberPrincipal,
    role: Pick<RoleRow, 'system' | 'rank' | 'permissions'>,
  ): Promise<void> {
    requireMayManage(await this.assignments.heldByActive(tx, principal), role);
  }

  private record(tx: TenantTransaction, action: string, id: number, change: Partial<AuditRecord>): Promise<void> {
    return this.audit.inOrganization(tx, { ...change, action, resource: { type: 'role', id: String(id) } });
  }

  private async requireKnown(tx: TenantTransaction, permissions: readonly string[]): Promise<void> {
    const unknown = await this.permissions.findUnknown(tx, permissions);
    if (unknown.length > 0) throw invalidField('permissions', `there is no permission ${unknown.join(', ')}`);
  }
}

const nameTaken = (cause?: unknown): DomainError =>
  new DomainError('CONFLICT', 'Another role has this name.', { cause, fields: [{ field: 'name', message: 'is taken' }] });

/** Tokens carry names: an own role that is called like one of the platform's would look like it. */
function refuseReservedName(name: string): void {
  if (Object.hasOwn(systemRoles, name.toLowerCase())) throw nameTaken();
}

const isSameSet = (some: readonly string[], others: readonly string[]): boolean => {
  const set = new Set(others);
  return set.size === new Set(some).size && some.every((one) => set.has(one));
};
