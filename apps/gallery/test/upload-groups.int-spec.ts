import 'reflect-metadata';
import { type Database, newId } from '@atrium/platform/database';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { type ServiceDatabase, startServiceDatabase, until } from '@atrium/testing';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { galleryMigrations } from '../src/migrations/index.js';
import { type DefaultQuotas, StorageQuotas } from '../src/quotas/storage-quotas.js';
import { wholeOrganization } from '../src/quotas/room.js';
import { UsageRepository } from '../src/quotas/usage.repository.js';
import { UploadGroups } from '../src/uploads/upload-groups.js';
import { type Beginning, UploadRepository, type Verdict } from '../src/uploads/upload.repository.js';

const defaults: DefaultQuotas = { organization: { bytes: 2_000, files: 500 }, site: { bytes: null, files: null } };
let store: ServiceDatabase;
let database: Database;
let uploads: UploadRepository;
const lines: string[] = [];
const logger = createLogger({ service: 'gallery', level: 'info', destination: { write: (line) => void lines.push(line) } });

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
  database = await store.openApp();
  uploads = new UploadRepository(database);
});
afterAll(() => store?.stop());

/** As of one instance of the API. */
function newGroups(of: Database = database): UploadGroups {
  const quotas = new StorageQuotas(new UsageRepository(), defaults, createMetrics('gallery', { processMetrics: false }));
  return new UploadGroups(new UploadRepository(of), quotas, logger);
}

async function addSite(orgId: string, deleted = false): Promise<string> {
  const siteId = newId();
  await store.superuser.query(`insert into gallery.sites values ($1, $2, 'A site', $3, 1)`, [orgId, siteId, deleted]);
  return siteId;
}

const allow = (orgId: string, siteId: string, bytes: number | null, files: number | null) =>
  store.superuser.query('insert into gallery.usage (org_id, site_id, bytes_allowed, files_allowed) values ($1, $2, $3, $4)', [orgId, siteId, bytes, files]);

const beginningOf = (orgId: string, siteId: string, size: number, more: Partial<Beginning['asset']> = {}, siteVouched = false): Beginning => {
  const id = newId();
  const file = { filename: 'a.png', contentType: 'image/png', sha256: 'ab'.repeat(32), quarantineKey: `q/${id}` } as const;
  const upload = { uploadMethod: 'put', uploadId: null, partSize: null, createdBy: newId(), expiresAt: new Date() } as const;
  const messages = [1, 2].map((n) => ({ id: newId(), destinations: [`queue-${n}`], payload: JSON.stringify({ of: id, n, text: '\u0000' }) }));
  return { asset: { orgId, id, siteId, size, ...file, ...upload, ...more }, messages, siteVouched };
};

/** By the function that begins one, which running versions call until the next is everywhere. It tells nothing here. */
async function formerVerdict(orgId: string, { asset: { id, siteId, size, contentType, sha256 }, siteVouched }: Beginning): Promise<unknown> {
  const row = {
    org_id: orgId, id, site_id: siteId, filename: 'a.png', content_type: contentType, size, sha256, quarantine_key: id, upload_method: 'put',
    created_by: id, expires_at: new Date(),
  };
  const sql = 'select gallery.begin_upload($1, $2, $3, $4) as begun';
  return (await database.statement<{ begun: string }>(sql, [JSON.stringify(row), '[]', JSON.stringify(defaults), siteVouched]))[0]?.begun;
}

const rows = async (sql: string, orgId: string): Promise<unknown[]> => (await store.superuser.query<object>(sql, [orgId])).rows;
/** Everything that beginnings leave, without what names the organization. */
const leftIn = async (orgId: string) => ({
  assets: await rows(
    `select id, site_id, filename, content_type, size, sha256, status, quarantine_key, upload_method, upload_id, part_size, created_by, expires_at, name_key, version
     from gallery.assets where org_id = $1 order by id`, orgId),
  usage: await rows('select site_id, bytes_used, bytes_reserved, files_used, files_reserved, bytes_allowed, files_allowed from gallery.usage where org_id = $1 order by site_id', orgId),
});
/** What was told since the last time. */
const told = async (): Promise<unknown[]> =>
  (await store.superuser.query<object>('with gone as (delete from gallery.outbox returning *) select destinations, payload::text from gone order by 2')).rows;

describe('uploads that begin together', () => {
  const intent = fc.record({
    site: fc.constantFrom(0, 1, 1, 1, 1, 2, 3, 4), size: fc.integer({ min: 1, max: 700 }), vouched: fc.boolean(),
    contentType: fc.constantFrom('image/png' as const, 'image/gif' as const),
  });
  const limit = fc.option(fc.integer({ min: 0, max: 1_500 }));
  const files = fc.option(fc.integer({ min: 0, max: 12 }));
  const settings = fc.record({ orgKnown: fc.boolean(), orgBytes: limit, orgFiles: files, siteBytes: limit, siteFiles: files, onlyPng: fc.boolean() });

  it('are judged as one after the other would be, and leave the same rows and messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(intent, { minLength: 6, maxLength: 25 }), settings, async (intents, set) => {
        // Live ones, one with a quota, one deleted, one unheard of: the same in all organizations.
        const [apart, together, former] = [newId(), newId(), newId()];
        const sites = [await addSite(apart), await addSite(apart), await addSite(apart), await addSite(apart, true), newId()];
        for (const orgId of [together, former]) {
          await store.superuser.query('insert into gallery.sites select $2::uuid, site_id, name, deleted, version from gallery.sites where org_id = $1', [apart, orgId]);
        }
        for (const orgId of [apart, together, former]) {
          if (set.orgKnown) await allow(orgId, wholeOrganization, set.orgBytes, set.orgFiles);
          await allow(orgId, sites[1]!, set.siteBytes, set.siteFiles);
          if (set.onlyPng) await store.superuser.query(`insert into gallery.settings (org_id, allowed_content_types, strip_original_metadata) values ($1, '{image/png}', true)`, [orgId]);
        }
        const ofApart = intents.map(({ site, size, contentType, vouched }) => beginningOf(apart, sites[site]!, size, { contentType }, vouched));
        const ofTogether = ofApart.map((one) => ({
          ...one, asset: { ...one.asset, orgId: together }, messages: one.messages.map((message) => ({ ...message, id: newId() })),
        }));
        const before = [];
        for (const one of ofApart) before.push(await formerVerdict(former, one));
        const expected = [];
        for (const one of ofApart) expected.push(...(await uploads.begin(apart, [one], defaults)));
        const toldApart = await told();
        expect(expected).toEqual(before);

        expect(await uploads.begin(together, ofTogether, defaults)).toEqual(expected);
        expect(await leftIn(together)).toEqual(await leftIn(apart));
        expect(await told()).toEqual(toldApart);
        expect(toldApart).toHaveLength(2 * expected.filter((verdict) => verdict === 'begun').length);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it('are of one organization: sites of another are unknown, and its rows stay as they are', async () => {
    const [mine, theirs] = [newId(), newId()];
    const theirSite = await addSite(theirs);
    await allow(theirs, wholeOrganization, 5, 5);
    const before = await leftIn(theirs);
    expect(await uploads.begin(mine, [beginningOf(theirs, theirSite, 1)], defaults)).toEqual(['site_unknown']);
    expect(await leftIn(theirs)).toEqual(before);
  });
});

describe('groups of uploads', () => {
  const waitingPid = async (): Promise<number | undefined> =>
    (await store.superuser.query<{ pid: number }>('select pid from pg_locks where not granted')).rows[0]?.pid;

  /** Runs `work` while somebody else has the organization's counters, until a statement waits for them. */
  async function behindLock(orgId: string, work: () => void | Promise<void>, whileWaiting: (pid: number) => unknown = () => undefined): Promise<void> {
    await allow(orgId, wholeOrganization, null, null);
    const holder = await store.superuser.connect();
    try {
      await holder.query('begin');
      await holder.query('select from gallery.usage where org_id = $1 for update', [orgId]);
      await work();
      await whileWaiting(await until('a statement to wait for the lock', waitingPid));
    } finally {
      await holder.query('commit');
      holder.release();
    }
  }
  const filesByTransaction = async (orgId: string): Promise<unknown[]> =>
    rows('select count(*)::int as files from gallery.assets where org_id = $1 group by xmin::text order by 1', orgId);

  it('form while one is under way: the first goes alone and at once, the others share a transaction', async () => {
    const orgId = newId();
    const siteId = await addSite(orgId);
    const groups = newGroups();
    const begun: Promise<Verdict>[] = [];
    await behindLock(orgId, () => void begun.push(...Array.from({ length: 30 }, () => groups.begin(beginningOf(orgId, siteId, 1)))));
    expect(new Set(await Promise.all(begun))).toEqual(new Set(['begun']));
    expect(await filesByTransaction(orgId)).toEqual([{ files: 1 }, { files: 29 }]);
  });

  it('of one organization do not wait for those of another', async () => {
    const [busy, calm] = [newId(), newId()];
    const [busySite, calmSite] = [await addSite(busy), await addSite(calm)];
    const groups = newGroups();
    const begun: Promise<Verdict>[] = [];
    const meanwhile = async (): Promise<void> => expect(await groups.begin(beginningOf(calm, calmSite, 1))).toBe('begun');
    await behindLock(busy, () => void begun.push(groups.begin(beginningOf(busy, busySite, 1))), meanwhile);
    expect(await Promise.all(begun)).toEqual(['begun']);
  });

  it('fall apart where one can not be written: it fails alone', async () => {
    const orgId = newId();
    const siteId = await addSite(orgId);
    const groups = newGroups();
    const asked = Array.from({ length: 10 }, (_, i) => beginningOf(orgId, siteId, 1, i === 5 ? { sha256: 'no sum' } : {}));
    const answers: Promise<PromiseSettledResult<Verdict>[]>[] = [];
    await behindLock(orgId, () => void answers.push(Promise.allSettled(asked.map((one) => groups.begin(one)))));
    const statuses = (await Promise.all(answers)).flat().map(({ status }) => status);
    expect(statuses).toEqual(asked.map((_, i) => (i === 5 ? 'rejected' : 'fulfilled')));
    const { assets, usage } = await leftIn(orgId);
    expect(assets).toHaveLength(9);
    expect(usage).toMatchObject([{ files_reserved: '9' }, { files_reserved: '9' }]);
    expect(lines.some((line) => line.includes('trying each alone'))).toBe(true);
  });

  it('go on after one whose connection was lost', async () => {
    const orgId = newId();
    const siteId = await addSite(orgId);
    const groups = newGroups();
    const answers: Promise<PromiseSettledResult<Verdict>[]>[] = [];
    const ask = (): void => void answers.push(Promise.allSettled([1, 2, 3].map(() => groups.begin(beginningOf(orgId, siteId, 1)))));
    await behindLock(orgId, ask, (pid) => store.superuser.query('select pg_terminate_backend($1)', [pid]));
    expect((await Promise.all(answers)).flat().map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(await filesByTransaction(orgId)).toEqual([{ files: 2 }]);
  });

  it('are joined by nobody when one has had no answer for long', async () => {
    const orgId = newId();
    const siteId = await addSite(orgId);
    const groups = newGroups();
    const begun: Promise<Verdict>[] = [];
    const meanwhile = async (): Promise<void> => {
      const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_000);
      await expect(groups.begin(beginningOf(orgId, siteId, 1)).finally(() => clock.mockRestore())).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    };
    await behindLock(orgId, () => void begun.push(groups.begin(beginningOf(orgId, siteId, 1))), meanwhile);
    expect(await Promise.all(begun)).toEqual(['begun']);
    expect(await groups.begin(beginningOf(orgId, siteId, 1))).toBe('begun');
  });

  it('never exceed a quota, two hundred at once at two instances, with some in transactions of their own', async () => {
    const orgId = newId();
    const siteId = await addSite(orgId);
    await allow(orgId, siteId, 1_000, 60);
    const instances = [newGroups(), newGroups(await store.openApp())];
    const sizes = Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 40));
    const begin = async (size: number, i: number): Promise<Verdict | undefined> => {
      const one = beginningOf(orgId, siteId, size);
      if (i % 10 !== 0) return instances[i % 2]!.begin(one);
      return database.inTenant(orgId, async () => (await uploads.begin(orgId, [one], defaults))[0]);
    };
    const verdicts = await Promise.all(sizes.map(begin));
    const begun = sizes.filter((_, i) => verdicts[i] === 'begun');
    const sum = begun.reduce((all, size) => all + size, 0);
    expect(sum).toBeLessThanOrEqual(1_000);
    expect(begun.length).toBeLessThanOrEqual(60);
    // None was refused that had room.
    sizes.forEach((size, i) => expect(verdicts[i] === 'begun' || begun.length === 60 || sum + size > 1_000).toBe(true));
    const { assets, usage } = await leftIn(orgId);
    expect(assets).toHaveLength(begun.length);
    const reserved = { bytes_reserved: String(sum), files_reserved: String(begun.length) };
    expect(usage).toMatchObject([{ site_id: wholeOrganization, ...reserved }, { site_id: siteId, ...reserved }]);
  });
});
