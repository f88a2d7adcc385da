import { bootstrapFunctionSql, bootstrapReadsSql, currentUserSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The owner of a role by its id: ids below 1000 are the platform's. */
const roleOwner = `(case when role_id < 1000 then '00000000-0000-0000-0000-000000000000'::uuid else org_id end)`;

const sitesSql = `
  create table users.sites (
    org_id uuid not null references users.organizations (org_id),
    id uuid not null,
    name text not null check (length(name) between 1 and 120),
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (org_id, id)
  );
  create unique index sites_name on users.sites (org_id, lower(name)) where deleted_at is null;`;

const roleAssignmentsSql = `
  create table users.role_assignments (
    org_id uuid not null,
    user_id uuid not null,
    role_id integer not null,
    role_owner_id uuid not null generated always as ${roleOwner} stored,
    site_id uuid,
    assigned_by uuid,
    assigned_at timestamptz not null default now(),
    constraint role_assignments_once unique nulls not distinct (org_id, user_id, role_id, site_id),
    foreign key (org_id, user_id) references users.members (org_id, user_id) on delete cascade,
    foreign key (org_id, site_id) references users.sites (org_id, id),
    foreign key (role_owner_id, role_id) references users.roles (owner_id, id)
  );
  comment on column users.role_assignments.assigned_by is 'Null for the founder of the organization';
  create index role_assignments_by_role on users.role_assignments (org_id, role_id, user_id);
  create index role_assignments_by_site on users.role_assignments (org_id, site_id, user_id);
  create index role_assignments_of_user on users.role_assignments (user_id);`;

const invitationsSql = `
  create table users.invitations (
    org_id uuid not null references users.organizations (org_id),
    id uuid not null,
    email text not null check (length(email) <= 254),
    role_id integer not null,
    role_owner_id uuid not null generated always as ${roleOwner} stored,
    site_id uuid,
    token_hash text not null check (token_hash ~ '^[0-9a-f]{64}$'),
    status text not null default 'pending' check (status in ('pending', 'accepted', 'revoked')),
    profile jsonb not null default '{}',
    invited_by uuid not null,
    accepted_by uuid,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (org_id, id),
    foreign key (org_id, site_id) references users.sites (org_id, id),
    foreign key (role_owner_id, role_id) references users.roles (owner_id, id),
    check ((accepted_by is not null) = (status = 'accepted'))
  );
  create unique index invitations_token on users.invitations (token_hash);
  create unique index invitations_pending on users.invitations (org_id, email, role_id, site_id)
    nulls not distinct where status = 'pending';
  create index invitations_by_age on users.invitations (org_id, created_at desc);
  create index invitations_by_id on users.invitations (id);`;

// Whoever redeems knows the token or the id, but not the organization yet. Nothing else leaves.
const lookupsSql = `
  create function users.invitation_by_token(hash text) returns table (org_id uuid, id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select i.org_id, i.id from users.invitations i where i.token_hash = hash
  $$;
  create function users.invitation_by_id(invitation_id uuid) returns table (org_id uuid, id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select i.org_id, i.id from users.invitations i where i.id = invitation_id
  $$;`;

/** Sites, who holds which role where, and invitations. */
export class CreateSitesAndInvitations1790000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${sitesSql} ${roleAssignmentsSql} ${invitationsSql} ${lookupsSql}`);
    await runner.query(tenantTableSql('users', 'sites'));
    await runner.query(tenantTableSql('users', 'role_assignments', { alsoVisible: `user_id = ${currentUserSql}` }));
    await runner.query(tenantTableSql('users', 'invitations'));
    await runner.query(bootstrapFunctionSql('users', 'invitation_by_token(text)'));
    await runner.query(bootstrapFunctionSql('users', 'invitation_by_id(uuid)'));
    await runner.query(bootstrapReadsSql('users', 'invitations'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function users.invitation_by_token(text);
      drop function users.invitation_by_id(uuid);
      drop table users.invitations;
      drop table users.role_assignments;
      drop table users.sites;`);
  }
}
