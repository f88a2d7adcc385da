// GET /users: pages, cursors and searches among 1,000,000 people, against 10,000 in a database of their own.
import { usersMigrations } from '../apps/users/dist/migrations/index.js';
import { secretVariable } from '@atrium/platform/secrets';
import { startServiceDatabase, TokenIssuer } from '@atrium/testing';
import { load } from './lib/load.mjs';
import { startProcess } from './lib/processes.mjs';
import { interleave, report } from './lib/rounds.mjs';
import { fillOrganization } from './users/people.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 4);
const large = Number(process.env.BENCH_PEOPLE ?? 1_000_000);
const small = 10_000;
const permissions = ['users.read'];

async function start(people, issuer) {
  const database = await startServiceDatabase({ service: 'users', migrations: usersMigrations });
  const { orgId, userId } = await fillOrganization(database.superuser, people);
  const secrets = Object.fromEntries(Object.entries(database.secretDocuments).map(([name, value]) => [secretVariable(name), JSON.stringify(value)]));
  const BENCH_ISSUER = JSON.stringify({ jwksUrl: issuer.jwksUrl, issuer: issuer.url, audience: issuer.audience });
  const service = await startProcess(new URL('./users/service.mjs', import.meta.url), { ...secrets, BENCH_ISSUER });
  const token = issuer.token({ sub: userId, org_id: orgId, site_ids: [], roles: ['org_admin'], permissions, site_permissions: {} });
  const headers = { authorization: `Bearer ${token}` };
  const get = async (query) => {
    const response = await fetch(`http://127.0.0.1:${service.port}/api/v1/users${query}`, { headers });
    if (response.status !== 200) throw new Error(`${query} answered ${response.status} ${await response.text()}`);
    return response.json();
  };
  const request = (query) => `GET /api/v1/users${query} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`;
  return {
    get,
    run: async (query) => {
      const result = await load({ port: service.port, connections, seconds, request: () => request(query) });
      if (Object.keys(result.statuses).join() !== '200') throw new Error(`${query}: ${JSON.stringify(result.statuses)}`);
      return result;
    },
    stop: async () => {
      await service.stop();
      await database.stop();
    },
  };
}

const issuer = await new TokenIssuer().start();
const sizes = { [`${large} people`]: await start(large, issuer), [`${small} people`]: await start(small, issuer) };
const [ours] = Object.keys(sizes);

/** A cursor from the middle of the small list, and as far into the large one. */
async function cursorOf({ get }) {
  let cursor;
  for (let page = 0; page < 20; page += 1) cursor = (await get(`?sort=email&limit=100${cursor ? `&cursor=${cursor}` : ''}`)).next_cursor;
  return cursor;
}
const cursors = new Map();
for (const size of Object.values(sizes)) cursors.set(size, await cursorOf(size));

const rows = {
  'first page, newest first': () => '?page=1&page_size=20',
  'page 100, by e-mail': () => '?page=100&page_size=20&sort=email',
  'after a cursor, by e-mail': (size) => `?limit=20&sort=email&cursor=${cursors.get(size)}`,
  'search for one person': () => '?search=p5000.',
  'search for a name': () => '?search=abcd',
  'search for many, by e-mail': () => '?search=example&sort=email',
  'one role': () => '?role=editor&sort=email',
};
for (const [title, query] of Object.entries(rows)) {
  const contenders = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, () => size.run(query(size))]));
  const results = await interleave({ rounds, contenders });
  report(`GET /users, ${title} (bar: ours/this ≥ 0.50)`, results, ours);
}
for (const size of Object.values(sizes)) await size.stop();
issuer.stop();
