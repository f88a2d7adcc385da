import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// The service reads; the owner of the schema, whose command the operator runs, writes.
const quotasSql = `
  create table events.quotas (
    org_id uuid primary key,
    events_per_month bigint check (events_per_month >= 0),
    events_per_second integer check (events_per_second >= 100),
    changed_at timestamptz not null default now()
  );
  comment on table events.quotas is 'Of organizations that differ from the platform''s defaults; null is the default';
  ${tenantTableSql('events', 'quotas', { grants: 'select' })}
  ${bootstrapReadsSql('events', 'quotas')}`;

const writtenByBootstrap = (table: string): string => `
  create policy bootstrap_adds on events.${table} for insert to events_bootstrap with check (true);
  create policy bootstrap_counts on events.${table} for update to events_bootstrap using (true) with check (true);
  grant insert, update on events.${table} to events_bootstrap;`;

const countsSql = `
  create table events.usage (
    org_id uuid not null,
    month date not null check (extract(day from month) = 1),
    accepted bigint not null,
    primary key (org_id, month)
  ) with (fillfactor = 80);
  comment on column events.usage.month is 'First day of the UTC month of acceptance';
  ${tenantTableSql('events', 'usage', { grants: 'select' })}
  ${bootstrapReadsSql('events', 'usage')}
  ${writtenByBootstrap('usage')}
  create table events.ingest_counts (
    org_id uuid not null,
    bucket timestamptz not null,
    outcome text not null check (outcome in ('accepted', 'rejected')),
    code text not null check (length(code) <= 64),
    count bigint not null,
    primary key (org_id, bucket, outcome, code)
  ) with (fillfactor = 80);
  comment on column events.ingest_counts.bucket is 'Begin of the five minutes';
  create index ingest_counts_by_age on events.ingest_counts (bucket);
  ${tenantTableSql('events', 'ingest_counts', { grants: 'select' })}
  ${bootstrapReadsSql('events', 'ingest_counts')}
  ${writtenByBootstrap('ingest_counts')}
  create policy bootstrap_forgets on events.ingest_counts for delete to events_bootstrap using (bucket < now() - interval '2 days');
  grant delete on events.ingest_counts to events_bootstrap;
  create table events.ingest_batches (
    instance_id uuid primary key,
    number bigint not null,
    seen_at timestamptz not null default now()
  );
  comment on table events.ingest_batches is 'The last batch of counts of each process: one that is sent again counts once';
  grant select, insert, update, delete on events.ingest_batches to events_bootstrap;`;

// One order of rows for all instances: two batches that share rows can't deadlock.
const recordSql = `
  create function events.record_ingest(
    instance uuid, batch bigint, orgs uuid[], buckets timestamptz[], outcomes text[], codes text[], counts bigint[])
  returns table (org_id uuid, month date, accepted bigint, events_per_month bigint, events_per_second integer)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
  #variable_conflict use_column
  begin
    insert into events.ingest_batches as held (instance_id, number) values (instance, batch)
    on conflict (instance_id) do update set number = excluded.number, seen_at = now() where held.number < excluded.number;
    if found then
      insert into events.ingest_counts as held (org_id, bucket, outcome, code, count)
      select o, b, outcome, code, n from unnest(orgs, buckets, outcomes, codes, counts) as t (o, b, outcome, code, n)
      order by 1, 2, 3, 4
      on conflict (org_id, bucket, outcome, code) do update set count = held.count + excluded.count;
      insert into events.usage as held (org_id, month, accepted)
      select o, date_trunc('month', b at time zone 'UTC')::date, sum(n)
      from unnest(orgs, buckets, outcomes, counts) as t (o, b, outcome, n) where outcome = 'accepted'
      group by 1, 2 order by 1, 2
      on conflict (org_id, month) do update set accepted = held.accepted + excluded.accepted;
    end if;
    return query
      select u.org_id, u.month, u.accepted, q.events_per_month, q.events_per_second
      from (select distinct o, date_trunc('month', b at time zone 'UTC')::date as m
            from unnest(orgs, buckets) as t (o, b)) asked
      join events.usage u on u.org_id = asked.o and u.month = asked.m
      left join events.quotas q on q.org_id = u.org_id;
  end $$;
  ${bootstrapFunctionSql('events', 'record_ingest(uuid, bigint, uuid[], timestamptz[], text[], text[], bigint[])')}
  create function events.read_usage(org uuid, of_month date)
  returns table (org_id uuid, month date, accepted bigint, events_per_month bigint, events_per_second integer)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select org, of_month, coalesce(u.accepted, 0), q.events_per_month, q.events_per_second
    from (select) one
    left join events.usage u on u.org_id = org and u.month = of_month
    left join events.quotas q on q.org_id = org
  $$;
  ${bootstrapFunctionSql('events', 'read_usage(uuid, date)')}
  create function events.forget_ingest_counts() returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    delete from events.ingest_counts where bucket < now() - interval '2 days';
    delete from events.ingest_batches where seen_at < now() - interval '1 day'
  $$;
  ${bootstrapFunctionSql('events', 'forget_ingest_counts()')}`;

/** How much organizations may send, what they sent, and what became of it. */
export class CreateQuotas1790000022000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${quotasSql} ${countsSql} ${recordSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function events.forget_ingest_counts();
      drop function events.read_usage(uuid, date);
      drop function events.record_ingest(uuid, bigint, uuid[], timestamptz[], text[], text[], bigint[]);
      drop table events.ingest_batches, events.ingest_counts, events.usage, events.quotas;`);
  }
}
