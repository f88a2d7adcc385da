import { randomUUID } from 'node:crypto';
import { Database } from '@atrium/platform/database';
import pg from 'pg';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { UsualOpener } from '../src/sessions/usual-opener.js';
import { type UsualOpening, UsualOpeningRepository } from '../src/sessions/usual-opening.repository.js';
import { hashOfToken, newOpaqueToken } from '../src/tokens/opaque-token.js';
import { cookieOf, password } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

/** A member who has signed in before, and the device of theirs. */
async function regular() {
  const person = await auth.people.member();
  const first = await auth.people.login(person.email);
  return { ...person, cookie: cookieOf(first), token: cookieOf(first).split('=')[1] ?? '' };
}
type Regular = Awaited<ReturnType<typeof regular>>;

const signIn = ({ email, cookie }: Pick<Regular, 'email' | 'cookie'>): Promise<Answer> =>
  auth.request('POST', '/login', { body: { email, password }, headers: { cookie, 'user-agent': 'Probe/1.0' } });

const openingOf = ({ id, orgId, token }: Regular, changes: Partial<UsualOpening> = {}): UsualOpening => ({
  account: { id, password_version: 1 },
  orgId,
  isSecondFactorProven: false,
  session: { id: randomUUID(), tokenHash: hashOfToken(newOpaqueToken()), methods: ['pwd'] },
  client: { address: '192.0.2.1', userAgent: null, deviceTokenHashes: [hashOfToken(token)] },
  messages: [{ id: randomUUID(), destinations: ['users-audit'], payload: '{}' }],
  newDevice: undefined,
  ...changes,
});
const newDevice = (destinations: readonly string[]) => ({
  id: randomUUID(),
  tokenHash: hashOfToken(newOpaqueToken()),
  messages: [{ id: randomUUID(), destinations, payload: '{}' }],
});
const noDevice = { address: '192.0.2.1', userAgent: null, deviceTokenHashes: [] };

const open = (opening: UsualOpening) => new UsualOpeningRepository().open(auth.app.get(Database), opening);
const rowsOf = async (sql: string, values: readonly unknown[]): Promise<unknown[]> => (await auth.engines.superuser.query(sql, [...values])).rows;

const nameOf = (asked: unknown): string =>
  typeof asked === 'object' && asked !== null && 'name' in asked ? String(asked.name) : String(asked);

/** All that a sign-in may change of a person. */
const traces = async (id: string) => ({
  account: await rowsOf('select last_org_id, first_signed_in_at from auth.accounts where id = $1', [id]),
  devices: await rowsOf('select * from auth.devices where account_id = $1 order by id', [id]),
  sessions: await rowsOf('select id, ended_at from auth.sessions where account_id = $1 order by id', [id]),
  tokens: await rowsOf('select t.* from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id where s.account_id = $1 order by t.hash', [id]),
});

describe('a sign-in with nothing special about it', () => {
  it('leaves what the steps one by one leave', async () => {
    const person = await regular();
    const left = async () => {
      const begun = new Date();
      const answer = await signIn(person);
      const [session] = await rowsOf(
        `select s.org_id, s.user_agent, s.address, s.methods, s.device_id, s.expires_at - s.created_at as lives, s.ended_at,
           t.generation, t.rotated_at, t.successor_salt, d.user_agent as device, d.last_used_at >= $2 as touched, d.expires_at - d.last_used_at as known_for
         from auth.sessions s join auth.refresh_tokens t on t.session_id = s.id join auth.devices d on d.id = s.device_id
         where s.account_id = $1 order by s.created_at desc limit 1`,
        [person.id, begun],
      );
      return { session, keys: Object.keys(answer.json), user: answer.json['user'], cookie: cookieOf(answer), status: answer.status };
    };
    const inOneStep = await left();
    const stepByStep = vi.spyOn(auth.app.get(UsualOpener), 'open').mockResolvedValue(undefined);
    const steps = await left();
    expect(stepByStep).toHaveBeenCalledOnce();
    stepByStep.mockRestore();
    expect(inOneStep.session).toMatchObject({ touched: true, device: 'Probe/1.0', generation: 1, ended_at: null });
    expect(inOneStep).toEqual(steps);
  });

  it('takes four statements, of which two are the throttle’s', async () => {
    const person = await regular();
    await signIn(person);
    const query = vi.spyOn(pg.Client.prototype, 'query');
    expect((await signIn(person)).status).toBe(200);
    const names = query.mock.calls.map(([asked]: readonly unknown[]) => nameOf(asked));
    query.mockRestore();
    // Beside them the relay and what runs by the clock.
    const own = names.filter((name) => /^auth-(?!outbox)|attempts|set_config|accounts|sessions/.test(name));
    expect(own).toEqual(['auth-look-up-one', 'state-attempts-take', 'state-attempts-forget', 'auth-open-session']);
  });

  it('is for the organization asked for, which it is the last one of from then on', async () => {
    const person = await regular();
    const other = await auth.people.join(person.id, 'viewer');
    expect(await open(openingOf(person, { orgId: other }))).toMatchObject({ r_version: 1, r_roles: [{ name: 'viewer' }] });
    expect((await traces(person.id)).account).toMatchObject([{ last_org_id: other }]);
  });

  it('remembers a client that brings no device, tells of it, and pushes out the oldest of fifty', async () => {
    const person = await regular();
    for (let count = 0; count < 51; count += 1) await open(openingOf(person, { client: noDevice, newDevice: newDevice(['events-audit']) }));
    const { devices } = await traces(person.id);
    expect(devices).toHaveLength(50);
    expect(await open(openingOf(person))).toBeUndefined();
  });
});

describe('what is left to the steps one by one, with nothing changed', () => {
  const query = (sql: string) => (person: Regular) => auth.engines.superuser.query(sql, [person.id]);
  it.each<[string, (person: Regular) => Promise<unknown>, ((person: Regular) => Partial<UsualOpening>)?]>([
    ['an account that is disabled', query(`update auth.accounts set status = 'disabled' where id = $1`)],
    ['an address that is not verified', query('update auth.accounts set email_verified_at = null where id = $1')],
    ['a password that was replaced since', query('update auth.accounts set password_version = 2 where id = $1')],
    ['a person’s first time', query('update auth.accounts set first_signed_in_at = null where id = $1')],
    ['a second factor that is owed', query(`insert into auth.totp_factors (id, account_id, secret, secret_key_id, confirmed_at) values (uuidv7(), $1, 'x', 'x', now())`)],
    ['a membership that is over', query('update auth.memberships set active = false where user_id = $1')],
    ['an organization of others', async () => undefined, () => ({ orgId: randomUUID() })],
    ['a device that is known no longer', query(`delete from auth.devices where account_id = $1`)],
    ['a device of somebody else', async () => undefined, () => ({ client: { ...noDevice, deviceTokenHashes: [hashOfToken(newOpaqueToken())] } })],
  ])('%s', async (_, change, changes = () => ({})) => {
    const person = await regular();
    await change(person);
    const before = await traces(person.id);
    expect(await open(openingOf(person, changes(person)))).toBeUndefined();
    expect(await traces(person.id)).toEqual(before);
  });

  it('but not a second factor that was proven', async () => {
    const person = await regular();
    await query(`insert into auth.totp_factors (id, account_id, secret, secret_key_id, confirmed_at) values (uuidv7(), $1, 'x', 'x', now())`)(person);
    expect(await open(openingOf(person, { isSecondFactorProven: true }))).toBeDefined();
  });
});

describe('the one step', () => {
  it('undoes all of it when its message can not be written', async () => {
    const person = await regular();
    const before = await traces(person.id);
    await expect(open(openingOf(person, { messages: [{ id: 'none', destinations: ['a'], payload: '{}' }] }))).rejects.toThrow('uuid');
    await expect(open(openingOf(person, { client: noDevice, newDevice: { ...newDevice(['a']), messages: [{ id: randomUUID(), destinations: ['a'], payload: '{' }] } }))).rejects.toThrow('json');
    expect(await traces(person.id)).toEqual(before);
  });

  it('leaves no person behind on its connection', async () => {
    const database = auth.app.get(Database);
    const person = await regular();
    await Promise.all(Array.from({ length: 20 }, () => open(openingOf(person))));
    const seen = await Promise.all(Array.from({ length: 20 }, () => database.dataSource.query<object[]>('select user_id from auth.memberships')));
    expect(seen.flat()).toEqual([]);
  });

  it('opens no session that outlives a password which is replaced at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const person = await regular();
      const replace = auth.app.get(Database).withoutTenant(async ({ manager }) => {
        await manager.query('select from auth.accounts where id = $1 for no key update', [person.id]);
        await manager.query('update auth.accounts set password_version = 2 where id = $1', [person.id]);
        await manager.query(`update auth.sessions set ended_at = now(), end_reason = 'password_changed' where account_id = $1 and ended_at is null`, [person.id]);
      });
      const opened = await Promise.all([...Array.from({ length: 6 }, () => open(openingOf(person))), replace]);
      expect(opened).toHaveLength(7);
      expect(await rowsOf('select id from auth.sessions where account_id = $1 and ended_at is null', [person.id])).toEqual([]);
    }
  });

  it('gives each of twenty at once a session of its own on the one device', async () => {
    const person = await regular();
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(person)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    await until('all sessions', async () => (await traces(person.id)).sessions.length === 21);
    expect((await traces(person.id)).devices).toHaveLength(1);
  });
});
