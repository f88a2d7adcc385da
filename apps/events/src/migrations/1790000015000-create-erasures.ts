import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose events are to be deleted: at once, and again as long as some of before may still be on their way. */
export class CreateErasures1790000015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table events.erasures (
        org_id uuid not null,
        user_id text not null check (length(user_id) between 1 and 256),
        until timestamptz not null,
        runs integer not null default 0,
        due_at timestamptz not null default now(),
        primary key (org_id, user_id)
      );
      comment on column events.erasures.until is 'What was accepted later belongs to a later membership, and stays';
      create index erasures_due on events.erasures (due_at);
      ${tenantTableSql('events', 'erasures')}
      ${bootstrapReadsSql('events', 'erasures')}
      create function events.due_erasures(max integer) returns table (org_id uuid, user_id text, until timestamptz, runs integer)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select e.org_id, e.user_id, e.until, e.runs from events.erasures e where e.due_at <= now() order by e.due_at limit max
      $$;
      ${bootstrapFunctionSql('events', 'due_erasures(integer)')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function events.due_erasures(integer); drop table events.erasures;`);
  }
}
