import { systemRoles } from '@atrium/contracts/users';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addSystemPermissions, removeSystemPermissions } from './system-permissions.js';

const added = {
  permissions: { 'api_keys.read': "See everybody's API keys", 'api_keys.manage': "Delete everybody's API keys" },
  holders: [systemRoles.admin.id, systemRoles.org_admin.id],
};

/** Org_admins may see and delete everybody's API keys. */
export class PermissionsOfApiKeys1790000014500 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return addSystemPermissions(runner, added);
  }

  down(runner: QueryRunner): Promise<void> {
    return removeSystemPermissions(runner, added);
  }
}
