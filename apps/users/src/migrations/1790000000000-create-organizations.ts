import { bootstrapFunctionSql, bootstrapReadsSql, currentUserSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const accountsSql = `
  create table users.accounts (
    user_id uuid primary key,
    email text,
    registered_at timestamptz,
    email_verified_at timestamptz,
    last_login_at timestamptz
  );
  comment on table users.accounts is 'What auth tells of a person, whatever comes first; no organization';
  alter table users.accounts enable row level security;
  alter table users.accounts force row level security;
  create policy own on users.accounts using (user_id = ${currentUserSql}) with check (user_id = ${currentUserSql});
  grant select, insert, update, delete on users.accounts to users_app;`;

const organizationsSql = `
  create table users.organizations (
    org_id uuid primary key,
    name text not null check (length(name) between 1 and 120),
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );`;

// Each order of the list is one index, read forwards or backwards; user_id makes it total.
const membersSql = `
  create table users.members (
    org_id uuid not null references users.organizations (org_id),
    user_id uuid not null,
    email text not null check (length(email) <= 254),
    email_verified boolean not null default false,
    first_name text check (length(first_name) <= 80),
    last_name text check (length(last_name) <= 80),
    avatar_url text check (length(avatar_url) <= 2048),
    status text not null default 'active' check (status in ('active', 'disabled')),
    membership_version integer not null default 0,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_login timestamptz,
    search_text text not null generated always as
      (lower(email || ' ' || coalesce(first_name, '') || ' ' || coalesce(last_name, ''))) stored,
    primary key (org_id, user_id)
  );
  create index members_by_age on users.members (org_id, created_at, user_id);
  create index members_by_email on users.members (org_id, email, user_id);
  create index members_by_login on users.members (org_id, last_login nulls first, user_id);
  create index members_of_user on users.members (user_id);
  create index members_search on users.members using gin (search_text public.gin_trgm_ops);`;

// Counting a million rows at every page would cost more than the page itself.
const memberCountsSql = `
  create table users.member_counts (
    org_id uuid not null references users.organizations (org_id),
    status text not null,
    members bigint not null,
    primary key (org_id, status)
  );
  create function users.count_added_members() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    insert into users.member_counts as held (org_id, status, members)
    select org_id, status, count(*) from added group by org_id, status order by org_id, status
    on conflict (org_id, status) do update set members = held.members + excluded.members;
    return null;
  end $$;
  create function users.count_removed_members() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    update users.member_counts held set members = held.members - gone.members
    from (select org_id, status, count(*) as members from removed group by org_id, status) gone
    where held.org_id = gone.org_id and held.status = gone.status;
    return null;
  end $$;
  create function users.count_changed_members() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    insert into users.member_counts as held (org_id, status, members)
    select org_id, status, sum(n) from (
      select org_id, status, 1 as n from added union all select org_id, status, -1 from removed
    ) moved group by org_id, status having sum(n) <> 0 order by org_id, status
    on conflict (org_id, status) do update set members = held.members + excluded.members;
    return null;
  end $$;`;

const memberCountTriggersSql = `
  create trigger members_added after insert on users.members referencing new table as added
    for each statement execute function users.count_added_members();
  create trigger members_removed after delete on users.members referencing old table as removed
    for each statement execute function users.count_removed_members();
  create trigger members_changed after update on users.members
    referencing old table as removed new table as added
    for each statement execute function users.count_changed_members();`;

// LIKE is not leakproof, so under row-level security no index serves it. The function runs as the bootstrap role, to
// whom the policy is a constant, and keeps to the transaction's organization itself.
const searchSql = `
  create function users.search_members(pattern text, max_matches integer) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
  begin
    return query execute 'select user_id from users.members where org_id = $1 and search_text like $2 limit $3'
      using nullif(current_setting('app.org_id', true), '')::uuid, pattern, max_matches;
  end $$;`;

const ownMemberships = `org_id in (select m.org_id from users.members m where m.user_id = ${currentUserSql})`;

/** Accounts, organizations, and people as each organization knows them. */
export class CreateOrganizations1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${accountsSql} ${organizationsSql} ${membersSql} ${memberCountsSql} ${memberCountTriggersSql}`);
    await runner.query(tenantTableSql('users', 'organizations', { alsoVisible: ownMemberships }));
    await runner.query(tenantTableSql('users', 'members', { alsoVisible: `user_id = ${currentUserSql}` }));
    await runner.query(tenantTableSql('users', 'member_counts', { grants: 'select, insert, update' }));
    await runner.query(searchSql);
    await runner.query(bootstrapFunctionSql('users', 'search_members(text, integer)'));
    await runner.query(bootstrapReadsSql('users', 'members'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function users.search_members(text, integer);
      drop table users.member_counts;
      drop policy also_visible on users.organizations;
      drop table users.members;
      drop table users.organizations;
      drop table users.accounts;
      drop function users.count_added_members();
      drop function users.count_removed_members();
      drop function users.count_changed_members();`);
  }
}
