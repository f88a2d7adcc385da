// GET /gallery/assets: 50 of 1,000,000 assets of one organization, against 10,000 of another, a hundred others beside them.
import { galleryMigrations } from '../apps/gallery/dist/migrations/index.js';
import { secretVariable } from '@atrium/platform/secrets';
import { startServiceDatabase, TokenIssuer } from '@atrium/testing';
import { fillOrganizations } from './assets/organizations.mjs';
import { load } from './lib/load.mjs';
import { startProcess } from './lib/processes.mjs';
import { interleave, report } from './lib/rounds.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 4);
const sizes = [Number(process.env.BENCH_ASSETS ?? 1_000_000), 10_000];

const issuer = await new TokenIssuer().start();
const database = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
console.log(`filling ${sizes.join(' and ')} assets, which takes minutes`);
const filled = await fillOrganizations(database.superuser, sizes);
const secrets = Object.fromEntries(Object.entries(database.secretDocuments).map(([name, value]) => [secretVariable(name), JSON.stringify(value)]));
const BENCH_ISSUER = JSON.stringify({ jwksUrl: issuer.jwksUrl, issuer: issuer.url, audience: issuer.audience });
const service = await startProcess(new URL('./assets/service.mjs', import.meta.url), { ...secrets, BENCH_ISSUER });

function listsOf({ orgId, siteId }) {
  const person = { sub: '00000000-0000-7000-8000-000000000001', org_id: orgId, site_ids: [], roles: ['editor'], permissions: ['assets.read'], site_permissions: {} };
  const token = issuer.token(person);
  const url = (query) => `/api/v1/gallery/assets${query}`;
  const get = async (query) => {
    const response = await fetch(`http://127.0.0.1:${service.port}${url(query)}`, { headers: { authorization: `Bearer ${token}` } });
    if (response.status !== 200) throw new Error(`${query} answered ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    siteId,
    /** A cursor from the middle of the smaller list, and as far into the larger. */
    cursorAfter: async (query) => {
      let cursor;
      for (let page = 0; page < 50; page += 1) cursor = (await get(`?${query}&limit=100${cursor ? `&cursor=${cursor}` : ''}`)).next_cursor;
      return cursor;
    },
    run: async (query) => {
      const request = () => `GET ${url(query)} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`;
      const result = await load({ port: service.port, connections, seconds, request });
      if (Object.keys(result.statuses).join() !== '200') throw new Error(`${query}: ${JSON.stringify(result.statuses)}`);
      return result;
    },
  };
}

const organizations = Object.fromEntries(sizes.map((size, i) => [`${size} assets`, listsOf(filled[i])]));
const [ours] = Object.keys(organizations);
const deep = new Map();
for (const lists of Object.values(organizations)) {
  deep.set(lists, { time: await lists.cursorAfter('sort=-created_at'), name: await lists.cursorAfter('sort=name') });
}

const rows = {
  'first page, newest first': () => '?',
  'after a deep cursor, newest first': (lists) => `?cursor=${deep.get(lists).time}`,
  'by name': () => '?sort=name',
  'after a deep cursor, by name': (lists) => `?sort=name&cursor=${deep.get(lists).name}`,
  'by size, largest first': () => '?sort=-size',
  'of a site, newest first': ({ siteId }) => `?site_id=${siteId}`,
  'of a site, by name': ({ siteId }) => `?site_id=${siteId}&sort=name`,
  'q that one file has': () => '?q=nr5000',
  'q that half of the files have': () => '?q=phot',
  'q of two words': () => '?q=phot%20abc',
  'a tag that ten files have': () => '?tag=selten',
  'a tag that a hundredth has': () => '?tag=hundertstel',
  'a tag that half have': () => '?tag=halb',
  'a tag that half have, by size': () => '?tag=halb&sort=size',
  'a type that all have': () => '?type=image%2Fjpeg',
  'a type that none has': () => '?type=image%2Fgif',
  'a status that none has': () => '?status=rejected',
};
for (const [title, query] of Object.entries(rows)) {
  const contenders = Object.fromEntries(Object.entries(organizations).map(([name, lists]) => [name, () => lists.run(query(lists))]));
  const results = await interleave({ rounds, contenders });
  report(`GET /gallery/assets, ${title} (bar: ours/this ≥ 0.50)`, results, ours);
}
await service.stop();
await database.stop();
issuer.stop();
