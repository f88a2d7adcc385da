import type { Versioned } from '@atrium/contract-kit';
import type { Role } from '@atrium/contracts/users';
import type { RoleRow } from './role.repository.js';

export const roleOf = ({ id, name, rank, system, permissions }: RoleRow): Role => ({
  id,
  name,
  rank,
  system,
  permissions: [...permissions],
});

export const versionedRoleOf = (row: RoleRow): Versioned<Role> => ({ version: row.version, body: roleOf(row) });
