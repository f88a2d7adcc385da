import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is older than the removal of organizations. */
const removable = ['sources', 'sites', 'schemas'].map((table) => `events.${table}`).join(', ');

/** What the service may not change itself; of an organization that ended it may forget it. */
const counted = ['quotas', 'usage', 'ingest_counts'];
const ended = `select r.org_id from events.removals r where r.kind = 'organization'`;
const forgettingSql = `
  ${counted.map((table) => `create policy bootstrap_forgets_ended on events.${table} for delete to events_bootstrap using (org_id in (${ended}));`).join('\n  ')}
  grant delete on ${counted.map((table) => `events.${table}`).join(', ')} to events_bootstrap;
  create function events.forget_usage(org uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    ${counted.map((table) => `delete from events.${table} where org_id = org;`).join('\n    ')}
  $$;
  ${bootstrapFunctionSql('events', 'forget_usage(uuid)')}`;

/**
 * What organizations chose, and what is to be removed from ClickHouse: at once, and again as long as packs of before may
 * still be on their way.
 */
export class CreateRemovals1790000022600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table events.settings (
        org_id uuid primary key,
        retention_days integer not null check (retention_days between 1 and 3650),
        updated_at timestamptz not null default now()
      );
      ${tenantTableSql('events', 'settings')}

      create table events.removals (
        org_id uuid not null,
        id uuid not null,
        kind text not null check (kind in ('subject', 'retention', 'organization')),
        user_id text check (length(user_id) between 1 and 256),
        anonymous_ids text[] not null default '{}',
        shared_anonymous_ids integer not null default 0,
        retention_days integer,
        until timestamptz not null,
        runs integer not null default 0,
        due_at timestamptz,
        events bigint not null default 0,
        quarantined bigint not null default 0,
        completed_at timestamptz,
        purged_at timestamptz,
        primary key (org_id, id),
        check (kind <> 'subject' or user_id is not null or due_at is null),
        check (kind <> 'retention' or retention_days is not null)
      );
      comment on column events.removals.until is 'What was accepted later stays';
      comment on column events.removals.due_at is 'Null once nothing of before can come any more';
      comment on column events.removals.user_id is 'Null then too: the proof needs no name';
      create index removals_due on events.removals (due_at) where due_at is not null;
      create index removals_to_purge on events.removals (completed_at) where completed_at is not null and purged_at is null;
      ${tenantTableSql('events', 'removals')}
      ${bootstrapReadsSql('events', 'removals')}
      create function events.due_removals(max integer) returns table (org_id uuid, id uuid)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select r.org_id, r.id from events.removals r where r.due_at <= now() order by r.due_at limit max
      $$;
      ${bootstrapFunctionSql('events', 'due_removals(integer)')}
      create function events.removals_to_purge(max integer) returns table (org_id uuid, id uuid, completed_at timestamptz)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select r.org_id, r.id, r.completed_at from events.removals r
        where r.completed_at is not null and r.purged_at is null order by r.completed_at limit max
      $$;
      ${bootstrapFunctionSql('events', 'removals_to_purge(integer)')}
      grant delete on ${removable} to events_app;
      ${forgettingSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function events.forget_usage(uuid);
      ${counted.map((table) => `drop policy bootstrap_forgets_ended on events.${table};`).join('\n      ')}
      revoke delete on ${removable} from events_app;
      revoke delete on events.quotas, events.usage from events_bootstrap;
      drop function events.removals_to_purge(integer);
      drop function events.due_removals(integer);
      drop table events.removals;
      drop table events.settings;`);
  }
}
