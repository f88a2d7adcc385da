import { unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Operators of the platform, which the service itself may only read, and their visits to organizations, each at a
 * session. `operator_until` outlives the visit, for tokens of it that may still live.
 */
export class CreateOperators1790000018000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.operators (
        account_id uuid primary key references auth.accounts (id) on delete cascade,
        without_second_factor boolean not null,
        granted_at timestamptz not null default now()
      );
      grant select on auth.operators to auth_app;

      alter table auth.sessions add column operator_org_id uuid, add column operator_until timestamptz,
        add constraint sessions_visit check (operator_org_id is null or operator_until is not null);
      create index sessions_by_visit on auth.sessions (operator_org_id) where operator_org_id is not null;

      alter table auth.organizations add column deleted boolean not null default false;
    `);
    // Who is deleted already was not kept, but that nobody is left there.
    await unforced(runner, 'auth', ['memberships', 'organizations'], async () => {
      await runner.query(`
        update auth.organizations o set deleted = true
        where not exists (select from auth.memberships m where m.org_id = o.org_id and m.active)`);
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.organizations drop column deleted;
      alter table auth.sessions drop column operator_org_id, drop column operator_until;
      drop table auth.operators;
    `);
  }
}
