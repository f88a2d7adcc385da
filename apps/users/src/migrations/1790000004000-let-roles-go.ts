import { unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deleted roles stay for the past invitations that name them; their names are free again, and compared without case. */
export class LetRolesGo1790000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users.roles add column deleted_at timestamptz;
      alter table users.roles drop constraint roles_owner_id_name_key;
      create unique index roles_name on users.roles (owner_id, lower(name)) where deleted_at is null;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await unforced(runner, 'users', ['roles', 'role_permissions', 'invitations'], async () => {
      await runner.query(`
        delete from users.invitations i using users.roles r where r.id = i.role_id and r.deleted_at is not null;
        delete from users.roles where deleted_at is not null;`);
    });
    await runner.query(`
      drop index users.roles_name;
      alter table users.roles drop column deleted_at;
      alter table users.roles add constraint roles_owner_id_name_key unique (owner_id, name);`);
  }
}
