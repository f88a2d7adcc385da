/**
 * Tables of the embedded shared state; safe to run again. Counters, limits, attempts and cache are UNLOGGED: a crash empties them,
 * which costs no more than a fresh window. Revocations are logged: a crash must not bring a dead token back.
 */
export const stateSchemaSql = `
create schema if not exists state;
create unlogged table if not exists state.limits (
  key text primary key,
  points integer not null default 0,
  expire bigint
);
create index if not exists limits_expire on state.limits (expire);
create unlogged table if not exists state.attempts (
  key text primary key,
  count integer not null,
  allowed boolean not null,
  seen_at timestamptz not null,
  paused_until timestamptz,
  expires_at timestamptz not null
);
create index if not exists attempts_expires_at on state.attempts (expires_at);
create unlogged table if not exists state.counters (
  key text primary key,
  count bigint not null,
  expires_at timestamptz not null
);
create index if not exists counters_expires_at on state.counters (expires_at);
create table if not exists state.revocations (
  subject text primary key,
  min_version integer,
  expires_at timestamptz not null,
  changed_at timestamptz not null default clock_timestamp()
);
create index if not exists revocations_changed_at on state.revocations (changed_at);
create index if not exists revocations_expires_at on state.revocations (expires_at);
create unlogged table if not exists state.cache (
  key text primary key,
  value jsonb not null,
  expires_at timestamptz not null
);
create index if not exists cache_expires_at on state.cache (expires_at);
`;

/** What a service's role needs on the tables of {@link stateSchemaSql}. */
export function stateGrantsSql(role: string): string {
  const name = `"${role.replaceAll('"', '""')}"`;
  return `grant usage on schema state to ${name};
grant select, insert, update, delete on all tables in schema state to ${name};`;
}

/** Rows are kept a minute past their end, so that instances whose clocks differ agree on them. */
export const removeExpiredSql: readonly string[] = [
  `delete from state.limits where expire < extract(epoch from now() - interval '1 minute') * 1000`,
  `delete from state.attempts where expires_at < now() - interval '1 minute'`,
  `delete from state.counters where expires_at < now() - interval '1 minute'`,
  `delete from state.cache where expires_at < now() - interval '1 minute'`,
];
