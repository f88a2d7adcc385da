import { systemRoles } from '@atrium/contracts/users';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addSystemPermissions, removeSystemPermissions } from './system-permissions.js';

const added = {
  permissions: { 'audit.read': 'Search the audit log' },
  holders: [systemRoles.admin.id, systemRoles.org_admin.id],
};

/** Org_admins may search the audit log; the other services hear of it. */
export class LetAdminsReadAuditLogs1790000010100 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return addSystemPermissions(runner, added);
  }

  down(runner: QueryRunner): Promise<void> {
    return removeSystemPermissions(runner, added);
  }
}
