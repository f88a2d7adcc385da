import type { MigrationInterface, QueryRunner } from 'typeorm';

const randomBase64 = (bytes: number): string =>
  `translate(encode(substring(sha256(gen_random_uuid()::text::bytea) for ${bytes}), 'base64'), '=', '')`;

/** A PHC string of random bytes: well-formed, and no password has this hash. */
const unusableHash = `'$argon2id$v=19$m=19456,t=2,p=1$' || ${randomBase64(16)} || '$' || ${randomBase64(32)}`;

/**
 * Sign-in with other issuers. An account may have no password. Flows and codes live for minutes; they hold hashes and
 * nothing from which a sign-in could be finished.
 */
export class CreateIdentities1790000013000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.accounts alter column password_hash drop not null;

      create table auth.identities (
        id uuid primary key,
        account_id uuid not null references auth.accounts (id) on delete cascade,
        provider text not null,
        issuer text not null check (length(issuer) <= 2048),
        subject text not null check (length(subject) between 1 and 255),
        email text check (length(email) <= 254),
        linked_at timestamptz not null default now(),
        last_used_at timestamptz not null default now(),
        unique (issuer, subject)
      );
      create index identities_by_account on auth.identities (account_id, linked_at);
      grant select, insert, update, delete on auth.identities to auth_app;

      create table auth.removed_identities (
        account_id uuid not null references auth.accounts (id) on delete cascade,
        issuer text not null,
        subject text not null,
        removed_at timestamptz not null default now(),
        primary key (account_id, issuer, subject)
      );
      grant select, insert, delete on auth.removed_identities to auth_app;

      create table auth.oauth_flows (
        id uuid primary key,
        provider text not null,
        redirect_uri text not null,
        code_challenge text,
        -- Who links an identity to their account, and in which session; nobody at a sign-in.
        account_id uuid references auth.accounts (id) on delete cascade,
        session_id uuid references auth.sessions (id) on delete cascade,
        -- Before the browser is on its way.
        ticket_hash bytea unique check (octet_length(ticket_hash) = 32),
        -- From then on.
        state_hash bytea unique check (octet_length(state_hash) = 32),
        browser_hash bytea check (octet_length(browser_hash) = 32),
        created_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        check ((account_id is null) = (session_id is null)),
        check ((state_hash is null) = (browser_hash is null)),
        check ((ticket_hash is null) <> (state_hash is null)),
        check (ticket_hash is null or account_id is not null)
      );
      create index oauth_flows_by_end on auth.oauth_flows (expires_at);
      create index oauth_flows_by_account on auth.oauth_flows (account_id) where account_id is not null;
      create index oauth_flows_by_session on auth.oauth_flows (session_id) where session_id is not null;
      grant select, insert, update, delete on auth.oauth_flows to auth_app;

      create table auth.oauth_codes (
        hash bytea primary key check (octet_length(hash) = 32),
        code_challenge text,
        browser_hash bytea not null check (octet_length(browser_hash) = 32),
        -- Of a sign-in: dies with the identity that it stands for.
        identity_id uuid references auth.identities (id) on delete cascade,
        -- Of a link: what is to be linked, and where alone.
        session_id uuid references auth.sessions (id) on delete cascade,
        proven jsonb,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        check ((session_id is null) = (proven is null)),
        check ((identity_id is null) <> (session_id is null))
      );
      create index oauth_codes_by_end on auth.oauth_codes (expires_at);
      create index oauth_codes_by_identity on auth.oauth_codes (identity_id) where identity_id is not null;
      create index oauth_codes_by_session on auth.oauth_codes (session_id) where session_id is not null;
      grant select, insert, delete on auth.oauth_codes to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table auth.oauth_codes;
      drop table auth.oauth_flows;
      drop table auth.removed_identities;
      drop table auth.identities;
      update auth.accounts set password_hash = ${unusableHash} where password_hash is null;
      alter table auth.accounts alter column password_hash set not null;
    `);
  }
}
