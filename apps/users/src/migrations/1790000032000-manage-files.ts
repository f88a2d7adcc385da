import { systemRoles } from '@atrium/contracts/users';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addSystemPermissions, removeSystemPermissions } from './system-permissions.js';

const added = {
  permissions: { 'assets.manage': 'Change what files an organization takes' },
  holders: [systemRoles.admin.id, systemRoles.org_admin.id],
};

export class ManageFiles1790000032000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addSystemPermissions(runner, added);
  }

  async down(runner: QueryRunner): Promise<void> {
    await removeSystemPermissions(runner, added);
  }
}
