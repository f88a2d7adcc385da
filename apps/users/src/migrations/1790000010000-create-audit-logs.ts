import { currentOrgSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// `area` is the action up to its dot: a family of actions is found by equality, which a policy lets an index serve.
// Not jsonb, which refuses \u0000 and lone surrogates that somebody may have typed.
const tableSql = `
  create table users.audit_logs (
    org_id uuid not null,
    occurred_at timestamptz(3) not null,
    id uuid not null,
    action text not null check (action ~ '^[a-z_]+[.][a-z_]+$'),
    area text not null generated always as (split_part(action, '.', 1)) stored,
    outcome text not null check (outcome in ('success', 'denied', 'failure')),
    actor_kind text not null check (actor_kind in ('user', 'api_key', 'system', 'anonymous')),
    actor_id uuid,
    session_id uuid,
    resource_type text,
    resource_id text,
    site_id uuid,
    before json,
    after json,
    details json not null,
    request_id text not null,
    primary key (org_id, occurred_at, id)
  ) partition by range (occurred_at);
  create index audit_logs_actor on users.audit_logs (org_id, actor_id, occurred_at, id);
  create index audit_logs_area on users.audit_logs (org_id, area, occurred_at, id);
  create index audit_logs_resource on users.audit_logs (org_id, resource_type, resource_id, occurred_at, id);
  create index audit_logs_refused on users.audit_logs (org_id, outcome, occurred_at, id) where outcome <> 'success';
  ${tenantTableSql('users', 'audit_logs', { grants: 'select, insert' })}`;

/** Any constant of ours: one transaction at a time makes or drops partitions. */
const lockKey = 7_214_013;

// Months are those of UTC. A partition is made beside the table and attached then: that needs no lock which would keep
// readers and writers out, as making it in place does. It bears its own policy, though nobody is granted a way around
// the table. Dropping does lock the table, for a moment; where it can't at once, it leaves that to the next round.
const functionsSql = `
  create function users.audit_logs_ensure_partition(at timestamptz) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
  declare
    month constant timestamp := date_trunc('month', at at time zone 'UTC');
    partition constant text := 'audit_logs_' || to_char(month, 'YYYY_MM');
  begin
    if to_regclass('users.' || partition) is not null then return; end if;
    -- Whoever calls this makes no more than a few tables.
    if at < now() - interval '2 years' or at > now() + interval '1 year' then return; end if;
    perform pg_advisory_xact_lock(${lockKey});
    -- Not by to_regclass, which may remember its answer of before the lock.
    if exists (select from pg_class c where c.relnamespace = 'users'::regnamespace and c.relname = partition) then return; end if;
    execute format('create table users.%I (like users.audit_logs including defaults including constraints including generated)', partition);
    execute format('alter table users.%I enable row level security, force row level security', partition);
    execute format($policy$create policy tenant on users.%I using (org_id = ${currentOrgSql}) with check (org_id = ${currentOrgSql})$policy$, partition);
    execute format('alter table users.audit_logs attach partition users.%I for values from (%L) to (%L)',
      partition, month::text || '+00', (month + interval '1 month')::text || '+00');
  end $$;

  create function users.audit_logs_drop_expired() returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
  declare
    oldest constant text := 'audit_logs_' || to_char(now() - interval '1 year', 'YYYY_MM');
    partition name;
    dropped integer := 0;
  begin
    perform pg_advisory_xact_lock(${lockKey});
    for partition in
      select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'users.audit_logs'::regclass and c.relname < oldest order by c.relname
    loop
      execute format('drop table users.%I', partition);
      dropped := dropped + 1;
    end loop;
    return dropped;
  end $$;`;

const functions = ['audit_logs_ensure_partition(timestamptz)', 'audit_logs_drop_expired()'];

/** Of the owner, who alone may make and drop tables. */
const executableByApp = (signature: string): string => `
  revoke all on function users.${signature} from public;
  grant execute on function users.${signature} to users_app;`;

/** Who did what, by month; nobody who serves requests may change or delete it. */
export class CreateAuditLogs1790000010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${tableSql} ${functionsSql} ${functions.map(executableByApp).join('')}`);
    await runner.query(`select users.audit_logs_ensure_partition(now() + make_interval(months => ahead)) from generate_series(0, 2) ahead`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`${functions.map((signature) => `drop function users.${signature};`).join(' ')} drop table users.audit_logs;`);
  }
}
