import type { MemberPrincipal, Versioned } from '@atrium/contract-kit';
import { type Role, systemRoles } from '@atrium/contracts/users';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { roleOf, versionedRoleOf } from './role.mapper.js';
import { RoleRepository, type RoleRow } from './role.repository.js';

@Injectable()
export class RoleService {
  constructor(
    private readonly database: Database,
    private readonly roles: RoleRepository,
  ) {}

  /** Without the operator's role, which nobody can give here. */
  list({ orgId }: MemberPrincipal): Promise<{ data: Role[] }> {
    return this.database.inTenant(orgId, async (tx) => {
      const rows = await this.roles.list(tx);
      return { data: rows.filter((role) => role.id !== systemRoles.admin.id).map(roleOf) };
    });
  }

  get({ orgId }: MemberPrincipal, id: number): Promise<Versioned<Role>> {
    return this.database.inTenant(orgId, async (tx) => versionedRoleOf(await this.current(tx, id)));
  }

  /** @throws DomainError NOT_FOUND */
  async current(tx: TenantTransaction, id: number): Promise<RoleRow> {
    const role = await this.roles.find(tx, id);
    if (!role) throw notFound('role');
    return role;
  }
}
