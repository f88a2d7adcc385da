import type { MemberPrincipal } from '@atrium/contract-kit';
import { type Role, systemRoles } from '@atrium/contracts/users';
import { Database } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { roleOf } from './role.mapper.js';
import { type PermissionRow, RoleRepository } from './role.repository.js';

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

  get({ orgId }: MemberPrincipal, id: number): Promise<Role> {
    return this.database.inTenant(orgId, async (tx) => {
      const role = await this.roles.find(tx, id);
      if (!role) throw notFound('role');
      return roleOf(role);
    });
  }

  listPermissions({ orgId }: MemberPrincipal): Promise<{ data: PermissionRow[] }> {
    return this.database.inTenant(orgId, async (tx) => ({ data: await this.roles.listPermissions(tx) }));
  }
}
