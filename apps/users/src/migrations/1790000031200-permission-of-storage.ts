import { systemRoles } from '@atrium/contracts/users';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addSystemPermissions, removeSystemPermissions } from './system-permissions.js';

const added = {
  permissions: { 'storage.manage': 'Limit how much sites may store' },
  holders: [systemRoles.admin.id, systemRoles.org_admin.id],
};

/** Sites can be limited in what they store, by whoever holds the permission to. */
export class PermissionOfStorage1790000031200 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return addSystemPermissions(runner, added);
  }

  down(runner: QueryRunner): Promise<void> {
    return removeSystemPermissions(runner, added);
  }
}
