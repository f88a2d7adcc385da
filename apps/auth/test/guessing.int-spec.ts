import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PasswordHasher } from '../src/passwords/password-hasher.js';
import { type Answer, startAuthApp } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { cookieOf, newEmail, password, tokensOf } from './people.js';
import { type StateStore, stateStores } from './state-stores.js';

const wrong = { password: 'not the password' };
const retryAfter = ({ headers }: Answer): number => Number(headers['retry-after']);
const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);

for (const { name, isMissing, start } of stateStores) {
  describe.skipIf(isMissing)(`guessing passwords, counted by ${name}`, () => {
    let store: StateStore;
    let auth: AuthBench;
    let second: Awaited<ReturnType<typeof startAuthApp>>;

    beforeAll(async () => {
      store = await start();
      auth = await AuthBench.start({}, store.url);
      second = await startAuthApp(auth.engines);
    });
    afterAll(async () => {
      await second?.stop();
      await auth?.stop();
      await store?.stop();
    });

    /** One after another, in turn at either instance. */
    const guess = async (count: number, email: string, address = '198.51.100.7', headers: Record<string, string> = {}): Promise<Answer[]> => {
      const answers = [];
      for (let index = 0; index < count; index += 1) {
        const { request } = index % 2 ? second : auth;
        answers.push(await request('POST', '/login', { body: { email, ...wrong }, address, headers }));
      }
      return answers;
    };
    /** At the same time, each from an address of its own. */
    const stuff = (count: number, email: string): Promise<Answer[]> =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          (index % 2 ? second : auth).request('POST', '/login', { body: { email, ...wrong }, address: `198.51.100.${index}` }),
        ),
      );
    const signIn = (email: string, address: string, headers: Record<string, string> = {}): Promise<Answer> =>
      auth.request('POST', '/login', { body: { email, password }, address, headers });
    /** As if so long had passed. */
    const wait = (seconds: number) => store.passTime(auth.engines, seconds);

    it('stops after five from one address, at all instances, for known and unknown accounts alike', async () => {
      const { email } = await auth.people.member();
      const bodies = [];
      for (const address of [email, newEmail()]) {
        const answers = await guess(7, address);
        expect(statuses(answers)).toEqual([401, 401, 401, 401, 401, 429, 429]);
        expect(retryAfter(answers[5] as Answer)).toBeGreaterThan(50);
        expect(retryAfter(answers[5] as Answer)).toBeLessThanOrEqual(60);
        bodies.push({ ...(answers[5]?.json['error'] as object), request_id: '' });
      }
      expect(bodies[0]).toEqual(bodies[1]);
      expect((await signIn(email, '198.51.100.8')).status).toBe(200);
    });

    it('lets no more than five through when many come at once', async () => {
      const email = newEmail();
      const answers = await Promise.all(Array.from({ length: 30 }, () => auth.people.login(email, wrong)));
      expect(statuses(answers).filter((status) => status === 401)).toHaveLength(5);
    });

    it('waits twice as long after each five, and no longer than an hour', async () => {
      const email = newEmail();
      const waits = [];
      for (let round = 0; round < 8; round += 1) {
        const answers = await guess(6, email);
        expect(statuses(answers)).toEqual([401, 401, 401, 401, 401, 429]);
        const seconds = retryAfter(answers[5] as Answer);
        waits.push(Math.ceil(seconds / 60));
        await wait(seconds);
      }
      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    });

    it('begins anew after a right password', async () => {
      const { email } = await auth.people.member();
      for (let round = 0; round < 3; round += 1) {
        expect(statuses(await guess(4, email, '192.0.2.1'))).toEqual([401, 401, 401, 401]);
        expect((await signIn(email, '192.0.2.1')).status).toBe(200);
      }
    });

    it('stops from many addresses, yet the device that the owner signed in from comes through', async () => {
      const { email } = await auth.people.member();
      const cookie = cookieOf(await signIn(email, '203.0.113.5'));
      const answers = await stuff(40, email);
      expect(statuses(answers).filter((status) => status === 401)).toHaveLength(20);
      for (const answer of answers.filter(({ status }) => status === 429)) expect(retryAfter(answer)).toBeGreaterThan(0);
      expect((await signIn(email, '203.0.113.5')).status).toBe(429);
      // From wherever it is by now; also for a client that keeps no cookies.
      expect((await signIn(email, '203.0.113.99', { cookie })).status).toBe(200);
      expect((await signIn(email, '203.0.113.98', { 'x-device-token': cookie.split('=')[1] ?? '' })).status).toBe(200);
      expect((await second.request('POST', '/login', { body: { email, password }, headers: { cookie } })).status).toBe(200);
      expect(statuses(await stuff(5, email))).toEqual(Array(5).fill(429));
    });

    it('does not count those whom the account refuses against their address', async () => {
      const { email } = await auth.people.member();
      await stuff(20, email);
      for (let index = 0; index < 6; index += 1) expect((await signIn(email, '203.0.113.6')).status).toBe(429);
      await wait(61);
      expect((await signIn(email, '203.0.113.6')).status).toBe(200);
    });

    it('is not counted for the account when the password was right', async () => {
      const { email } = await auth.people.member();
      for (let index = 0; index < 25; index += 1) expect((await signIn(email, `203.0.113.${index}`)).status).toBe(200);
    });

    it('stops after five from a known device too, and no other is held up by it', async () => {
      const { email } = await auth.people.member();
      const stolen = cookieOf(await signIn(email, '203.0.113.5'));
      const other = cookieOf(await signIn(email, '203.0.113.6'));
      const addresses = Array.from({ length: 6 }, (_, index) => `198.51.100.${index}`);
      const answers = [];
      for (const address of addresses) answers.push(...(await guess(1, email, address, { cookie: stolen })));
      expect(statuses(answers)).toEqual([401, 401, 401, 401, 401, 429]);
      expect((await signIn(email, '203.0.113.6', { cookie: other })).status).toBe(200);
      expect((await signIn(email, '203.0.113.7')).status).toBe(200);
    });

    it("is helped by no device of another person's, by none that was made up, and by none that is forgotten", async () => {
      const { email } = await auth.people.member();
      const own = await signIn(email, '203.0.113.5');
      const { email: stranger } = await auth.people.member();
      const foreign = cookieOf(await signIn(stranger, '203.0.113.5'));
      await auth.request('POST', '/logout-all', { token: tokensOf(own).access });
      for (const cookie of [foreign, `atrium_device=${'x'.repeat(43)}`, cookieOf(own)]) {
        expect(statuses(await guess(6, email, '198.51.100.9', { cookie })).at(-1)).toBe(429);
      }
    });

    it('is stopped before the password is hashed', async () => {
      const email = newEmail();
      await guess(5, email);
      const hasher = auth.app.get(PasswordHasher);
      const { verify } = hasher;
      hasher.verify = () => Promise.reject(new Error('hashed'));
      try {
        expect((await auth.people.login(email, wrong, '198.51.100.7')).status).toBe(429);
      } finally {
        hasher.verify = verify;
      }
    });

    it('is counted by the address of the connection, whatever X-Forwarded-For says', async () => {
      const email = newEmail();
      const answers = [];
      for (let index = 0; index < 6; index += 1) answers.push(...(await guess(1, email, '198.51.100.9', { 'x-forwarded-for': `203.0.113.${index}` })));
      expect(answers.at(-1)?.status).toBe(429);
    });

    it('is told to the log where a pause begins, without the address', async () => {
      const { id, email } = await auth.people.member();
      await guess(5, email);
      const line = auth.logs.concat(second.logs).find((text) => text.includes('sign_in.paused') && text.includes(id));
      expect(line).toContain('"of":"pair"');
      expect(auth.logs.concat(second.logs).join('')).not.toContain(email);
    });
  });
}
