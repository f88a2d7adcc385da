import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { type Database, newId, type Transaction } from '@atrium/platform/database';
import { plansWithin, type QueryPlan, type ServiceDatabase, startServiceDatabase, watched } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountRepository } from '../src/accounts/account.repository.js';
import { EmailTokenRepository } from '../src/accounts/email-token.repository.js';
import { MembershipRepository } from '../src/memberships/membership.repository.js';
import { authMigrations } from '../src/migrations/index.js';
import { RefreshTokenRepository } from '../src/sessions/refresh-token.repository.js';
import { SessionRepository } from '../src/sessions/session.repository.js';
import { ofOneToken, ofTokens } from '../src/sessions/sign-in-lookup.js';

const people = 100_000;
const big = ['accounts', 'email_tokens', 'sessions', 'refresh_tokens', 'memberships', 'invitations', 'devices', 'totp_factors', 'outbox', 'inbox'];

let store: ServiceDatabase;
let database: Database;
let someone: { id: string; session: string; org: string };

// Without triggers and foreign keys, which nothing here is about.
const fillSql = `
  set local session_replication_role = replica;
  insert into auth.accounts (id, email, password_hash, email_verified_at, first_signed_in_at)
    select uuidv7(), 'person' || n || '@example.com', '$argon2id$' || n, now(), now() from generate_series(1, ${people}) n;
  insert into auth.email_tokens (hash, account_id, purpose, expires_at)
    select sha256(email::bytea), id, 'verify_email', now() + interval '1 day' from auth.accounts;
  insert into auth.memberships (org_id, user_id, version, active, roles)
    select ('00000000-0000-4000-8000-' || lpad((row_number() over () % 500)::text, 12, '0'))::uuid, id, 1, true, '[]' from auth.accounts;
  insert into auth.sessions (id, account_id, org_id, address, expires_at)
    select uuidv7(), m.user_id, m.org_id, '192.0.2.1', now() + interval '7 days' from auth.memberships m;
  insert into auth.devices (id, account_id, token_hash, expires_at)
    select uuidv7(), id, sha256(('device of ' || id)::bytea), now() + interval '1 year' from auth.accounts limit 20000;
  insert into auth.totp_factors (id, account_id, secret, secret_key_id, confirmed_at)
    select uuidv7(), id, 'x', 'x', now() from auth.accounts where email <> 'person50000@example.com' limit 20000;
  insert into auth.refresh_tokens (hash, session_id, generation) select sha256(id::text::bytea), id, 1 from auth.sessions;
  insert into auth.organizations (org_id, name, version) select distinct org_id, 'Some', 1 from auth.memberships;
  insert into auth.invitations (org_id, invitation_id, email, token_hash, status, expires_at, version)
    select uuidv7(), uuidv7(), email, encode(sha256(id::text::bytea), 'hex'), 'pending', now() + interval '7 days', 1 from auth.accounts;
  insert into auth.outbox (id, destinations, payload) select uuidv7(), '{users-inbox}', '{}' from generate_series(1, 20000);
  insert into auth.inbox (message_id, consumer) select uuidv7(), 'auth-inbox' from generate_series(1, ${people});
  analyze auth.accounts, auth.email_tokens, auth.sessions, auth.refresh_tokens, auth.memberships, auth.organizations,
    auth.devices, auth.totp_factors, auth.invitations, auth.outbox, auth.inbox;`;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'auth', migrations: authMigrations });
  database = await store.openApp(2);
  await store.superuser.query(fillSql);
  const sql = `select a.id, s.id as session, s.org_id as org from auth.accounts a join auth.sessions s on s.account_id = a.id where a.email = 'person50000@example.com'`;
  const { rows } = await store.superuser.query<typeof someone>(sql);
  someone = rows[0] ?? { id: '', session: '', org: '' };
}, 60_000);
afterAll(() => store?.stop());

async function indexesOf(work: (tx: Transaction) => Promise<unknown>): Promise<string[]> {
  const plans: QueryPlan[] = [];
  await database.asUser(someone.id, (tx) => work(watched(tx, plans)));
  return usedBy(plans);
}

function usedBy(plans: readonly QueryPlan[]): string[] {
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.flatMap(({ scanned }) => scanned).filter((table) => big.includes(table))).toEqual([]);
  return plans.flatMap(({ indexes }) => indexes);
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const accounts = new AccountRepository();
const sessions = new SessionRepository();
const refreshTokens = new RefreshTokenRepository();

const hot: readonly [string, (tx: Transaction) => Promise<unknown>, readonly string[]][] = [
  ['a sign-in finds the account by its address', (tx) => accounts.findByEmail(tx, 'person7@example.com'), ['accounts_email_key']],
  ['a sign-in locks the account by its id', (tx) => accounts.lockActive(tx, someone.id), ['accounts_pkey']],
  ['a sign-in reads the memberships of the person', (tx) => new MembershipRepository().listOfPerson(tx, someone.id), ['memberships_of_person']],
  ['a logout finds the session of a token', (tx) => refreshTokens.findSession(tx, hashOf(someone.session)), ['refresh_tokens_pkey']],
  ['a refresh locks the session of its token', (tx) => sessions.lockOfToken(tx, hashOf(someone.session)), ['refresh_tokens_pkey', 'sessions_pkey']],
  ['a refresh reads its token again', (tx) => refreshTokens.find(tx, hashOf(someone.session)), ['refresh_tokens_pkey', 'refresh_tokens_session_id_generation_key']],
  ['a person’s sessions are listed by the account', (tx) => sessions.list(tx, someone.id), ['sessions_by_account']],
  ['a mailed token is found by its hash', (tx) => new EmailTokenRepository().find(tx, 'verify_email', hashOf('x')), ['email_tokens_pkey']],
];

describe(`among ${people} people no hot query reads a table from end to end`, () => {
  it.each(hot)('%s', async (_, work, indexes) => {
    const used = await indexesOf(work);
    for (const index of indexes) expect(used).toContain(index);
  });

  it('a sign-in looks up address and device, and opens its session, by indexes', async () => {
    const own = await store.openApp(1);
    const plans: QueryPlan[] = [];
    await own.withoutTenant(async (tx) => {
      for (const { sql, tokens } of [
        { sql: ofOneToken.sql, tokens: hashOf('x') },
        { sql: ofTokens.sql, tokens: [hashOf('x'), hashOf('y')] },
      ]) {
        await watched(tx, plans).manager.query(sql, ['person7@example.com', tokens]);
      }
    });
    expect(usedBy(plans)).toEqual(expect.arrayContaining(['accounts_email_key', 'devices_token_hash_key']));
    const within = await plansWithin(store.superuser, `select * from auth.open_session($1, 1, $2, false, uuidv7(), $3, 7, null, '::1', '{pwd}', $4, uuidv7(), $5, 400, 50, '[]', '[]')`, [
      ...[someone.id, someone.org, hashOf('refresh'), [hashOf('none')], hashOf('device')],
    ]);
    expect(usedBy(within)).toEqual(expect.arrayContaining(['accounts_pkey', 'memberships_of_person', 'totp_factors_account_id_key', 'devices_by_account']));
  });

  it('a refresh rotates its token by indexes, and reads no more of the session than its last two', async () => {
    const within = await plansWithin(store.superuser, `select * from auth.rotate_refresh_token($1, $2, $3, 7, 30)`, [hashOf(someone.session), hashOf('next'), hashOf('salt')]);
    expect(usedBy(within)).toEqual(expect.arrayContaining(['refresh_tokens_pkey', 'refresh_tokens_session_id_generation_key', 'sessions_pkey', 'memberships_of_person']));
  });

  it('a registration finds its invitation by the hash of the token', async () => {
    const within = await plansWithin(store.superuser, `select * from auth.find_invitation($1)`, ['0'.repeat(64)]);
    expect(usedBy(within)).toContain('invitations_token_hash_key');
  });

  it('the relay claims what is due by its index, and the inbox knows a message by its key', async () => {
    const claim = await plansWithin(store.superuser, `select * from auth.outbox_claim(10, '10 seconds')`, []);
    expect(usedBy(claim)).toContain('outbox_due');
    const known = `select 1 from auth.inbox where message_id = $1 and consumer = 'auth-inbox'`;
    expect(await indexesOf((tx) => tx.manager.query(known, [newId()]))).toEqual(['inbox_pkey']);
  });
});
