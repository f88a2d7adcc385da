import { checkedSchema } from './service-schema.js';

/** PostgreSQL channel on which the relay hears that rows were committed. */
export const outboxChannel = (schema: string): string => `${checkedSchema(schema)}_outbox`;

/**
 * The transactional outbox of a service, for its migration. `<schema>_app` may insert rows and call the functions, which
 * act with the rights of `<schema>_owner`: a request handler can't read or drop what others have to send.
 *
 * A claim is a lease: rows come back by themselves when the relay that claimed them dies. Payloads are `json`, not
 * `jsonb`, which refuses \u0000 and lone surrogates that callers may have typed.
 */
export const outboxSchemaSql = (name: string): string => {
  const schema = checkedSchema(name);
  return `
create table ${schema}.outbox (
  id            uuid primary key,
  destinations  text[] not null check (cardinality(destinations) > 0),
  payload       json not null,
  created_at    timestamptz not null default now(),
  due_at        timestamptz not null default now(),
  attempts      int not null default 0,
  parked_at     timestamptz,
  parked_reason text
);
create index outbox_due on ${schema}.outbox (due_at) where parked_at is null;
alter table ${schema}.outbox owner to ${schema}_owner;
revoke all on ${schema}.outbox from public;
grant insert on ${schema}.outbox to ${schema}_app;

create function ${schema}.outbox_wake() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('${outboxChannel(schema)}', '');
  return null;
end $$;
create trigger outbox_wake after insert on ${schema}.outbox for each statement execute function ${schema}.outbox_wake();

create function ${schema}.outbox_claim(max int, lease interval)
returns table (id uuid, destinations text[], payload text, attempts int)
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with due as (
    select o.id from ${schema}.outbox o
    where o.parked_at is null and o.due_at <= clock_timestamp()
    order by o.due_at limit max for update skip locked
  )
  update ${schema}.outbox o set attempts = o.attempts + 1, due_at = clock_timestamp() + lease
  from due where o.id = due.id
  returning o.id, o.destinations, o.payload::text, o.attempts
$$;

create function ${schema}.outbox_done(ids uuid[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from ${schema}.outbox where id = any (ids)
$$;

create function ${schema}.outbox_retry(row_id uuid, remaining text[], delay interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update ${schema}.outbox set destinations = remaining, due_at = clock_timestamp() + delay where id = row_id
$$;

create function ${schema}.outbox_park(row_id uuid, remaining text[], reason text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update ${schema}.outbox set destinations = remaining, parked_at = clock_timestamp(), parked_reason = reason where id = row_id
$$;

create function ${schema}.outbox_stats(out pending bigint, out oldest_seconds double precision, out parked bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where parked_at is null),
         coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where parked_at is null)), 0),
         count(*) filter (where parked_at is not null)
  from ${schema}.outbox
$$;
${outboxFunctions
  .map((signature) => `alter function ${schema}.${signature} owner to ${schema}_owner;
revoke all on function ${schema}.${signature} from public;
grant execute on function ${schema}.${signature} to ${schema}_app;`)
  .join('\n')}
alter function ${schema}.outbox_wake() owner to ${schema}_owner;
`;
};

const outboxFunctions = [
  'outbox_claim(int, interval)',
  'outbox_done(uuid[])',
  'outbox_retry(uuid, text[], interval)',
  'outbox_park(uuid, text[], text)',
  'outbox_stats()',
];

/** Undoes {@link outboxSchemaSql}; rows that were not sent are lost. */
export const dropOutboxSql = (name: string): string => {
  const schema = checkedSchema(name);
  return `
${outboxFunctions.map((signature) => `drop function ${schema}.${signature};`).join('\n')}
drop table ${schema}.outbox;
drop function ${schema}.outbox_wake();
`;
};
