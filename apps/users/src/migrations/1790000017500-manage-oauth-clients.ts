import { systemRoles } from '@atrium/contracts/users';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addSystemPermissions, removeSystemPermissions } from './system-permissions.js';

const added = {
  permissions: { 'oauth_clients.manage': 'Register and change client apps' },
  holders: [systemRoles.admin.id, systemRoles.org_admin.id],
};

/** Client apps can be registered, by whoever holds the permission to. */
export class ManageOAuthClients1790000017500 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return addSystemPermissions(runner, added);
  }

  down(runner: QueryRunner): Promise<void> {
    return removeSystemPermissions(runner, added);
  }
}
