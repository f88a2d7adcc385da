import type { ClientBase } from 'pg';
import pg from 'pg';

const name = (identifier: string): string => pg.escapeIdentifier(identifier);
const text = (literal: string): string => pg.escapeLiteral(literal);

const ensureRole = (role: string, attributes = ''): string => `
  do $$ begin
    if not exists (select from pg_roles where rolname = ${text(role)}) then create role ${name(role)}; end if;
  end $$;
  ${attributes && `alter role ${name(role)} ${attributes};`}`;

/**
 * A role is made without these. Only a superuser may take them away, which no administrator of a managed database is: so
 * a role that has one, by whomever, stops the task.
 */
const refusePowerful = (roles: readonly string[]): string => `
  do $$ begin
    if exists (select from pg_roles where rolname in (${roles.map(text).join()})
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)) then
      raise exception 'A role of the service may do more than it should: superuser, bypassrls, createrole or createdb';
    end if;
  end $$;`;

const login = (password: string | undefined): string => `login${password === undefined ? '' : ` password ${text(password)}`}`;

/**
 * Roles and schema of one service, made by the database's administrator before its first migration; safe to repeat. The
 * administrator need not be a superuser: it makes roles (`createrole`) and owns the database. A password that isn't given
 * stays what it is.
 * - `<service>_owner` owns the schema and runs migrations;
 * - `<service>_app` serves requests: owns nothing and can't bypass row-level security;
 * - `<service>_bootstrap` can't log in: it owns the few functions that must look across organizations (an invitation by
 *   its token), and sees only the tables whose policies name it.
 */
export async function provisionService(
  administrator: ClientBase,
  service: string,
  passwords: { readonly owner?: string | undefined; readonly app?: string | undefined },
): Promise<void> {
  const [owner, app, bootstrap] = [`${service}_owner`, `${service}_app`, `${service}_bootstrap`];
  await administrator.query(`
    ${ensureRole(owner, login(passwords.owner))}
    ${ensureRole(app, login(passwords.app))}
    ${ensureRole(bootstrap)}
    ${refusePowerful([owner, app, bootstrap])}
    grant ${name(bootstrap)} to ${name(owner)};
    grant ${name(owner)} to current_user;
    create schema if not exists ${name(service)} authorization ${name(owner)};
    grant usage on schema ${name(service)} to ${name(app)};
    grant usage, create on schema ${name(service)} to ${name(bootstrap)};
    alter role ${name(owner)} set search_path = ${name(service)}, public;
    alter role ${name(app)} set search_path = ${name(service)}, public;
    alter role ${name(app)} set statement_timeout = '15s';
    alter role ${name(app)} set idle_in_transaction_session_timeout = '30s';
  `);
}

/** What all services share in the database: extensions, and no rights for everybody. */
export async function provisionDatabase(administrator: ClientBase): Promise<void> {
  await administrator.query(`
    create extension if not exists pg_trgm with schema public;
    revoke create on schema public from public;
  `);
}
