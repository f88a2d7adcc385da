import { systemRoles } from '@atrium/contracts/users';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addSystemPermissions, removeSystemPermissions } from './system-permissions.js';

const { admin, org_admin: orgAdmin, site_admin: siteAdmin, editor } = systemRoles;

const added = {
  permissions: {
    'albums.manage': 'Make, change and delete albums',
    'shares.manage': 'Share files with whoever has the link, and see and end shares',
  },
  holders: [admin.id, orgAdmin.id, siteAdmin.id, editor.id],
};

/** Albums and shares of files. */
export class PermissionsOfAlbums1790000034500 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return addSystemPermissions(runner, added);
  }

  down(runner: QueryRunner): Promise<void> {
    return removeSystemPermissions(runner, added);
  }
}
