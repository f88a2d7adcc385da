import { execFileSync } from 'node:child_process';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { newEmail, password } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const measure = (given: string, email?: string) =>
  auth.request('POST', '/password/strength', { body: { password: given, ...(email !== undefined && { email }) } });
/** Processes that estimate for this one. */
const estimators = (): string[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('strength-process'))
    .map((line) => line.trim().split(' ')[0] ?? '');

describe('the strength of a password', () => {
  it('is told with what the policy thinks of it, and kept nowhere', async () => {
    const strong = await measure(password);
    expect(strong.json).toEqual({ score: 4, acceptable: true, warning: null, suggestions: [] });
    expect(strong.headers['cache-control']).toBe('no-store');
    expect((await measure('P@ssw0rd1234')).json).toMatchObject({
      acceptable: false,
      warning: 'The password is one of the most common passwords, or close to one.',
    });
    expect((await measure('kX9#vT')).json).toMatchObject({ acceptable: false, warning: 'The password must have at least 12 characters.' });
    expect(auth.logs.join('')).not.toMatch(/P@ssw0rd1234|kX9#vT|correct horse/);
  });

  it('falls with what an attacker knows of the person', async () => {
    const email = 'xyliabronte@example.com';
    const scoreOf = (answer: Answer) => Number(answer.json['score']);
    expect(scoreOf(await measure('xyliabronte!!', email))).toBeLessThan(scoreOf(await measure('xyliabronte!!')));
    expect((await measure(`my ${email}`, email)).json).toMatchObject({ acceptable: false });
  });

  it('refuses more than 256 characters', async () => {
    expect((await measure('x'.repeat(257))).status).toBe(400);
  });

  it('is estimated elsewhere: ten of the slowest passwords hold nobody up', async () => {
    await measure(password);
    const slow = Promise.all(Array.from({ length: 10 }, (_, index) => measure(`4@8({[<369&#!1/|0$5+7%2z${index}`.repeat(9))));
    const begun = performance.now();
    expect((await auth.request('GET', '/.well-known/jwks.json')).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect((await slow).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(estimators()).toHaveLength(1);
  });

  it('is 503 to whom the queue has no place for, and 200 again after', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => measure(password)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 503]));
    expect((await measure(password)).status).toBe(200);
  });

  it('comes from a new process when the last one was killed', async () => {
    await measure(password);
    const [pid] = estimators();
    process.kill(Number(pid), 'SIGKILL');
    await until('its end', async () => !estimators().includes(String(pid)));
    expect((await measure(password)).status).toBe(200);
  });

  it('leaves no process when the service stops', async () => {
    await measure(password);
    await auth.restart(async () => {
      await until('the end of the process', async () => estimators().length === 0);
    });
  });
});

describe('two hundred sign-ins at once', () => {
  it('leave a route that hashes nothing answering, and memory bounded', async () => {
    const { email } = await auth.people.verified();
    const logins = Array.from({ length: 200 }, (_, index) => auth.people.login(index % 2 ? email : newEmail(), { password: 'not the password' }));
    const answers: number[] = [];
    const memoryBefore = process.memoryUsage.rss();
    let mostMemory = 0;
    const all = Promise.all(logins).then((list) => list.map(({ status }) => status));
    let isOver = false;
    void all.finally(() => (isOver = true));
    while (!isOver) {
      const begun = performance.now();
      expect((await auth.request('GET', '/.well-known/jwks.json')).status).toBe(200);
      answers.push(performance.now() - begun);
      mostMemory = Math.max(mostMemory, process.memoryUsage.rss() - memoryBefore);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Whoever finds the queue full is told to come back; how many wait depends on the cores.
    expect((await all).filter((status) => status !== 401 && status !== 503)).toEqual([]);
    const median = answers.toSorted((a, b) => a - b)[Math.floor(answers.length / 2)] ?? 0;
    expect(answers.length).toBeGreaterThan(10);
    // Two hundred hashes at once would take 3.8 GB.
    expect(mostMemory).toBeLessThan(500 * 1024 * 1024);
    expect(median).toBeLessThan(100);
  });
});
