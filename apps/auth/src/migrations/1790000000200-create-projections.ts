import { bootstrapFunctionSql, bootstrapReadsSql, currentUserSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const ownMembership = `exists (
  select from auth.memberships m
  where m.org_id = organizations.org_id and m.user_id = ${currentUserSql} and m.active)`;

/**
 * What auth needs to know of organizations, as their service tells it by events. A person's own memberships show across
 * organizations, since signing in begins before one is chosen; `memberships_of_person` serves that question alone.
 */
export class CreateProjections1790000000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.memberships (
        org_id uuid not null,
        user_id uuid not null,
        version integer not null check (version >= 0),
        active boolean not null,
        roles jsonb not null check (jsonb_typeof(roles) = 'array'),
        updated_at timestamptz not null default now(),
        primary key (org_id, user_id)
      );
      create index memberships_of_person on auth.memberships (user_id);
      create index memberships_by_change on auth.memberships using brin (updated_at);
      ${tenantTableSql('auth', 'memberships', {
        grants: 'select, insert, update',
        alsoVisible: `user_id = ${currentUserSql}`,
      })}

      create table auth.organizations (
        org_id uuid primary key,
        name text not null,
        version integer not null check (version >= 0)
      );
      ${tenantTableSql('auth', 'organizations', { grants: 'select, insert, update', alsoVisible: ownMembership })}

      create table auth.invitations (
        org_id uuid not null,
        invitation_id uuid not null,
        email text not null,
        token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
        status text not null check (status in ('pending', 'accepted', 'revoked')),
        expires_at timestamptz not null,
        version integer not null check (version >= 0),
        primary key (org_id, invitation_id)
      );
      ${tenantTableSql('auth', 'invitations', { grants: 'select, insert, update' })}

      ${['memberships', 'invitations'].map((table) => bootstrapReadsSql('auth', table)).join('\n')}

      -- Whoever registers with an invitation belongs to no organization yet.
      create function auth.find_invitation(wanted_hash text)
      returns table (org_id uuid, invitation_id uuid, email text, status text, expires_at timestamptz)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select i.org_id, i.invitation_id, i.email, i.status, i.expires_at
        from auth.invitations i where i.token_hash = wanted_hash
      $$;
      ${bootstrapFunctionSql('auth', 'find_invitation(text)')}

      -- For revocations that a crash may have kept from the shared state.
      create function auth.memberships_changed_since(since timestamptz)
      returns table (org_id uuid, user_id uuid, version integer)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select m.org_id, m.user_id, m.version from auth.memberships m where m.updated_at > since
      $$;
      ${bootstrapFunctionSql('auth', 'memberships_changed_since(timestamptz)')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function auth.memberships_changed_since(timestamptz);
      drop function auth.find_invitation(text);
      drop table auth.invitations;
      drop table auth.organizations;
      drop table auth.memberships;
    `);
  }
}
