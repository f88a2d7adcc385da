import { checkedSchema } from './service-schema.js';

/**
 * The inbox of a service, for its migration: ids of the messages whose effects are committed. `<schema>_app` may add and
 * see ids, and forget only old ones.
 */
export const inboxSchemaSql = (name: string): string => {
  const schema = checkedSchema(name);
  return `
create table ${schema}.inbox (
  message_id  uuid not null,
  consumer    text not null,
  received_at timestamptz not null default now(),
  primary key (message_id, consumer)
);
create index inbox_received_at on ${schema}.inbox using brin (received_at);
alter table ${schema}.inbox owner to ${schema}_owner;
revoke all on ${schema}.inbox from public;
grant select, insert on ${schema}.inbox to ${schema}_app;

create function ${schema}.inbox_forget(older_than interval) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with forgotten as (
    delete from ${schema}.inbox where received_at < now() - greatest(older_than, interval '15 days') returning 1
  )
  select count(*) from forgotten
$$;
alter function ${schema}.inbox_forget(interval) owner to ${schema}_owner;
revoke all on function ${schema}.inbox_forget(interval) from public;
grant execute on function ${schema}.inbox_forget(interval) to ${schema}_app;
`;
};

/** Undoes {@link inboxSchemaSql}. */
export const dropInboxSql = (name: string): string => {
  const schema = checkedSchema(name);
  return `
drop function ${schema}.inbox_forget(interval);
drop table ${schema}.inbox;
`;
};
