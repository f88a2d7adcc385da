import { randomUUID } from 'node:crypto';
import type { ClickHouse } from '@atrium/events/clickhouse';
import type pg from 'pg';

const awkward = 'Zoë "the\ttab"\n\\N, 50 % — \u{1F5BC}';

/** One organization as the services leave it: people, sessions, sites, files, sources, an audit log of a year, messages that wait. */
export async function addOrganization(database: pg.Pool, people: number): Promise<string> {
  const orgId = randomUUID();
  const [siteId, outboxId] = [randomUUID(), randomUUID()];
  const run = (sql: string, ...values: readonly unknown[]) => database.query(sql, [...values]);
  await run('insert into users.organizations (org_id, name) values ($1, $2)', orgId, awkward);
  await run('insert into users.sites (org_id, id, name) values ($1, $2, $3)', orgId, siteId, 'Site');
  await run(
    `with person as (select gen_random_uuid() as id, 'p' || n || '-' || $1::uuid || '@example.com' as email from generate_series(1, $2::int) n),
       account as (insert into auth.accounts (id, email) select id, email from person),
       known as (insert into users.accounts (user_id) select id from person)
     insert into users.members (org_id, user_id, email) select $1::uuid, id, email from person`,
    orgId, people,
  );
  await run(`insert into users.role_assignments (org_id, user_id, role_id) select $1::uuid, user_id, (select min(id) from users.roles) from users.members where org_id = $1`, orgId);
  await run(`insert into users.roles (org_id, name, rank) values ($1, 'curator', 1)`, orgId);
  await run(
    `insert into auth.sessions (id, account_id, expires_at)
     select gen_random_uuid(), id, now() + interval '7 days' from auth.accounts where email like '%' || $1::uuid || '%'`,
    orgId,
  );
  await run(`insert into auth.refresh_tokens (hash, session_id, generation) select sha256(uuid_send(id)), id, 1 from auth.sessions on conflict do nothing`);
  for (const schema of ['auth', 'users', 'gallery', 'events', 'mailer']) {
    await run(`insert into ${schema}.outbox (id, destinations, payload) values ($1, '{users-inbox}', $2)`, outboxId, JSON.stringify({ awkward }));
    await run(`insert into ${schema}.inbox (message_id, consumer) values ($1, 'users')`, outboxId);
  }
  await run(`insert into gallery.sites (org_id, site_id, name, deleted, version) values ($1, $2, 'Site', false, 1)`, orgId, siteId);
  await run(
    `insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, quarantine_key, created_by, expires_at)
     select $1::uuid, gen_random_uuid(), $2::uuid, $3::text || n, 'image/png', n, repeat('a', 64), 'pending', 'quarantine/' || $1::uuid || n, gen_random_uuid(), now() from generate_series(1, 40) n`,
    orgId, siteId, awkward,
  );
  await run(`insert into events.sites (org_id, site_id, name, deleted, version) values ($1, $2, 'Site', false, 1)`, orgId, siteId);
  await run(`insert into events.sources (org_id, id, site_id, name, write_key) values ($1::uuid, gen_random_uuid(), $2, 'Web', 'wk_' || md5($1::uuid::text))`, orgId, siteId);
  await run(`insert into events.erasures (org_id, user_id, until) values ($1, 'somebody', now())`, orgId);
  await run('select users.audit_logs_ensure_partition(now() - make_interval(months => n)) from generate_series(0, 9) n');
  await run(
    `insert into users.audit_logs (org_id, occurred_at, id, action, outcome, actor_kind, details, request_id)
     select $1, now() - make_interval(months => n % 10), gen_random_uuid(), 'auth.login', 'success', 'user', '{"zero":"\\u0000"}', 'r' from generate_series(0, 199) n`,
    orgId,
  );
  return orgId;
}

/** Product events of an organization over three months, some of them twice; entries and domain events; one in quarantine. */
export async function addEvents(clickHouse: ClickHouse, orgId: string, count: number): Promise<void> {
  const site = randomUUID();
  const rows = `toUUID('${orgId}') AS org_id, toUUID('${site}') AS site_id`;
  const spread = `now64(3, 'UTC') - toIntervalDay(number % 90)`;
  const events = `INSERT INTO atrium.events (org_id, site_id, source_id, event_id, type, event_name, user_id, ts, received_at, properties, context, retention_days)
    SELECT ${rows}, site_id, reinterpretAsUUID(sipHash128(number, '${orgId}')), 'track', 'page ' || (number % 7), 'u' || (number % 50), toDateTime64('2026-11-01 00:00:00', 3, 'UTC') - toIntervalDay(number % 90), now64(3, 'UTC'),
      concat('{"n":', toString(number), ',"s":"é\\\\"","d":{"e":[1,2]}}'), '{}', 400 FROM numbers(${count})`;
  await clickHouse.run({ query: events });
  await clickHouse.run({ query: events });
  await clickHouse.run({
    query: `INSERT INTO atrium.audit_log (org_id, id, occurred_at, action, outcome, actor_kind, resource_type, resource_id, before, after, details, request_id)
      SELECT toUUID('${orgId}'), generateUUIDv4(), ${spread}, 'auth.login', 'success', 'user', '', '', '', '', '{}', 'r' FROM numbers(100)`,
  });
  await clickHouse.run({
    query: `INSERT INTO atrium.domain_events (org_id, id, type, version, publisher, occurred_at, payload, request_id, traceparent)
      SELECT toUUID('${orgId}'), generateUUIDv4(), 'user.created', 1, 'users', ${spread}, '{}', 'r', '' FROM numbers(100)`,
  });
  await clickHouse.run({
    query: `INSERT INTO atrium.events_quarantine (org_id, site_id, batch_id, row, reason, raw, received_at) SELECT ${rows}, generateUUIDv4(), 1, 'unreadable', '{', now64(3, 'UTC')`,
  });
}
