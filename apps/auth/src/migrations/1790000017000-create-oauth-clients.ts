import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Client apps of organizations. A request names one by its id alone, before its organization is known. */
export class CreateOAuthClients1790000017000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.oauth_clients (
        org_id uuid not null,
        id uuid not null unique,
        name text not null check (length(name) between 1 and 120),
        redirect_uris text[] not null check (cardinality(redirect_uris) <= 20),
        post_logout_redirect_uris text[] not null check (cardinality(post_logout_redirect_uris) <= 20),
        grant_types text[] not null check (grant_types <@ '{authorization_code,refresh_token,client_credentials}'),
        token_endpoint_auth_method text not null check (token_endpoint_auth_method in ('none', 'client_secret_basic', 'client_secret_post')),
        permissions text[] not null check (cardinality(permissions) <= 100),
        secret_hash bytea check (octet_length(secret_hash) = 32),
        token_session_id uuid not null,
        created_by uuid not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        primary key (org_id, id),
        check ((secret_hash is null) = (token_endpoint_auth_method = 'none'))
      );
      ${tenantTableSql('auth', 'oauth_clients')}
      ${bootstrapReadsSql('auth', 'oauth_clients')}

      create function auth.find_oauth_client(wanted_id uuid) returns setof auth.oauth_clients
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select * from auth.oauth_clients c where c.id = wanted_id
      $$;
      ${bootstrapFunctionSql('auth', 'find_oauth_client(uuid)')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function auth.find_oauth_client(uuid); drop table auth.oauth_clients;`);
  }
}
