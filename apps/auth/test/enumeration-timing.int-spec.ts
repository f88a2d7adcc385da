import { setTimeout as delay } from 'node:timers/promises';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PasswordHasher } from '../src/passwords/password-hasher.js';
import { AuthBench } from './auth-bench.js';
import { newEmail, password } from './people.js';
import { inTurn, type Pair, rankDifference, timeTells } from './timing.js';

let auth: AuthBench;
let known: string;
let unverified: string;
/** Whose hash was made with weaker parameters than today's. */
let weaker: string;

beforeAll(async () => {
  auth = await AuthBench.start();
  known = (await auth.people.member()).email;
  weaker = (await auth.people.member()).email;
  const weak = await hash(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
  await auth.engines.superuser.query('update auth.accounts set password_hash = $2 where email = $1', [weaker, weak]);
  unverified = newEmail();
  await auth.people.register(unverified);
});
afterAll(() => auth?.stop());

const login = (email: string) => auth.people.login(email, { password: 'not the password' });
const forgot = (email: string) => auth.request('POST', '/password/forgot', { body: { email } });
const resend = (email: string) => auth.request('POST', '/verify-email/resend', { body: { email } });

describe('how long an answer takes says nothing of whether an address is known', () => {
  it.each([
    ['at sign-in', () => inTurn(() => login(known), () => login(newEmail()))],
    ['at sign-in, for a hash that was made when they were weaker', () => inTurn(() => login(weaker), () => login(newEmail())), 3],
    ['where a password is forgotten', () => inTurn(() => forgot(known), () => forgot(newEmail()))],
    ['where a verification is sent again', () => inTurn(() => resend(unverified), () => resend(newEmail()))],
  ])(
    '%s',
    async (_, measure, leastMs = undefined) => {
      expect(await timeTells(measure, leastMs)).toBeUndefined();
    },
    180_000,
  );

  it('and would, if sign-in hashed for known addresses alone', async () => {
    const hasher = auth.app.get(PasswordHasher);
    const { verify } = hasher;
    hasher.verify = async (hash, password) => hash !== undefined && verify.call(hasher, hash, password);
    try {
      expect(await timeTells(() => inTurn(() => login(known), () => login(newEmail())))).toMatch(/^known takes/);
    } finally {
      hasher.verify = verify;
    }
  }, 180_000);
});

describe('the comparison', () => {
  /** The same numbers each time (Park and Miller): what is shown here is shown for good. */
  const random = ((state: number) => () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647)(1);
  /** Work that takes a while, now and then held up for long, as on a machine with other work. */
  const noisy = (base: number): number => base + random() * 8 + (random() < 0.1 ? random() * 60 : 0);

  it('finds 10 ms beneath the noise of a machine with other work', async () => {
    for (let time = 0; time < 50; time += 1) {
      expect(await timeTells(async (): Promise<Pair> => [noisy(30), noisy(20)])).toMatch(/^known takes/);
      expect(await timeTells(async (): Promise<Pair> => [noisy(20), noisy(30)])).toMatch(/^unknown takes/);
    }
  });

  it('finds nothing where there is nothing, a thousand times', async () => {
    for (let time = 0; time < 1_000; time += 1) expect(await timeTells(async (): Promise<Pair> => [noisy(20), noisy(20)])).toBeUndefined();
  });

  it('finds a function that leaks in truth', async () => {
    expect(await timeTells(() => inTurn(() => delay(40), () => delay(5)))).toMatch(/^known takes/);
  });

  it('ranks as Mann and Whitney do', () => {
    expect(rankDifference([1, 2, 3], [1, 2, 3])).toBe(0);
    // U = 0 of 9: (0 - 4.5) / sqrt(9 · 7 / 12).
    expect(rankDifference([1, 2, 3], [4, 5, 6])).toBeCloseTo(-1.964, 3);
  });
});
