import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse } from '@atrium/events/clickhouse';
import { openCredentials } from '@atrium/local';
import { currentOrgSql } from '@atrium/platform/database';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, check, type Manifest, report, restore, startLocalTarget, type Stopwatch, type Verdicts } from '../src/index.js';
import { addEvents, addOrganization } from './platform-rows.js';
import { readerOf, startSourcePlatform } from './source-platform.js';

const watch: Stopwatch = { step: (_, work) => work() };
const root = mkdtempSync(join(tmpdir(), 'atrium-recovery-'));
const folder = join(root, 'backup');
const data = join(root, 'restored');

let source: Awaited<ReturnType<typeof startSourcePlatform>>;
let target: Awaited<ReturnType<typeof startLocalTarget>>;
let manifest: Manifest;
let verdicts: Verdicts;
let restored: pg.Pool;
let organizations: string[];

const locate = { location: { kind: 'file', name: 'clickhouse' }, base: undefined } as const;
const lines = (found: Verdicts, otherMoment = false) => {
  const printed: string[] = [];
  const same = report(found, { otherMoment }, (line) => void printed.push(line));
  return { same, printed: printed.join('\n') };
};
/** Compares anew after `change`, and undoes it. */
async function differencesAfter(change: string, undo: string): Promise<ReturnType<typeof lines>> {
  await restored.query(change);
  try {
    return lines(await check(folder, { ...target, clickHouse: undefined }, watch));
  } finally {
    await restored.query(undo);
  }
}

beforeAll(async () => {
  [source, target] = await Promise.all([startSourcePlatform(join(root, 'written')), startLocalTarget(data, join(root, 'written'))]);
  organizations = [await addOrganization(source.database, 30), await addOrganization(source.database, 3), await addOrganization(source.database, 1)];
  for (const [index, orgId] of organizations.entries()) await addEvents(source.clickHouse, orgId, 3_000 / (index + 1));
  manifest = await backUp({ folder, stores: source.stores, clickHouse: locate }, watch);
  const late = await addOrganization(source.database, 5);
  await addEvents(source.clickHouse, late, 500);
  verdicts = await restore(folder, target, watch);
  restored = new pg.Pool({ connectionString: target.postgresUrl, max: 2 });
}, 240_000);

afterAll(async () => {
  await restored?.end();
  await target?.stop();
  await source?.stop();
  rmSync(root, { recursive: true, force: true });
});

describe('a platform that is restored into fresh engines', () => {
  it('differs from the backup in nothing', () => {
    expect(lines(verdicts)).toMatchObject({ same: true, printed: expect.stringMatching(/PostgreSQL: \d+ tables \(\d\d confined to organizations\), \d{3,} rows, nothing differs\nClickHouse: \d+ tables \(1 confined to organizations\), \d{4,} rows, nothing differs/) });
  });

  it('holds the organizations of the backup, and nothing that came later', async () => {
    const { rows } = await restored.query<{ org_id: string }>('select org_id from users.organizations');
    expect(rows.map((row) => row.org_id).sort()).toEqual([...organizations].sort());
    expect(manifest.postgres?.tables['users.audit_logs']?.rows).toBe(600);
    const events = Object.entries(manifest.clickHouse?.tables ?? {}).filter(([name]) => name.startsWith('atrium.events/'));
    expect(events.length).toBeGreaterThan(2);
    expect(events.reduce((sum, [, { least, most }]) => sum + (least === most ? least : NaN), 0)).toBe(5_500);
  });

  it('shows each service one organization, and none without a context', async () => {
    const client = await restored.connect();
    try {
      await client.query('begin; set local role users_app');
      const count = async () => (await client.query<{ count: string }>('select count(*) from users.members')).rows[0]?.count;
      expect(await count()).toBe('0');
      await client.query(`select set_config('app.org_id', $1, true)`, [organizations[0]]);
      expect(await count()).toBe('30');
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it("lets a service sign in with its role's own password", async () => {
    const url = new URL(target.postgresUrl);
    const login = new pg.Client({ connectionString: `postgresql://gallery_app:${openCredentials(data).app['gallery']}@${url.host}${url.pathname}` });
    await login.connect();
    await expect(login.query('insert into gallery.migrations values (1, 1)')).rejects.toThrow(/permission denied/);
    await login.end();
  });

  it('shows an analyst one organization in ClickHouse', async () => {
    const ask = readerOf(target.clickHouse?.url ?? '', openCredentials(data).clickhouse.reader);
    expect((await ask(organizations[1] ?? '', 'SELECT count(), uniqExact(org_id) FROM analytics.events')).trim()).toBe('1500\t1');
    await expect(ask(organizations[1] ?? '', 'SELECT count() FROM atrium.events')).rejects.toThrow(/ACCESS_DENIED/);
  });

  it('goes on counting where its sequences stood', async () => {
    const { rows } = await restored.query<{ id: number; before: number }>(`select nextval(pg_get_serial_sequence('users.roles', 'id'))::int as id, (select max(id) from users.roles) as before`);
    expect(rows[0]?.id).toBeGreaterThan(rows[0]?.before ?? Infinity);
  });
});

describe('the check fails', () => {
  it.each([
    ['a row is missing', `create table public.kept as select * from events.erasures limit 1; delete from events.erasures where org_id = (select org_id from public.kept)`, 'insert into events.erasures select * from public.kept; drop table public.kept', /events\.erasures: 3 rows in the backup, 2 here/],
    ['one value is another', `update users.organizations set name = name || ' '`, 'update users.organizations set name = left(name, -1)', /users\.organizations: as many rows, of another content/],
    ['a policy is missing', 'alter policy tenant on gallery.assets rename to gone', 'alter policy gone on gallery.assets rename to tenant', /missing: policy gallery\.assets\.tenant/],
    ['a policy lets more through', 'alter policy tenant on gallery.albums using (true)', `alter policy tenant on gallery.albums using (org_id = ${currentOrgSql})`, /differs: policy gallery\.albums\.tenant/],
    ['row-level security is not forced', 'alter table users.members no force row level security', 'alter table users.members force row level security', /differs: table users\.members/],
    ['a month of the audit log is open', 'alter table users.audit_logs_2026_11 disable row level security', 'alter table users.audit_logs_2026_11 enable row level security', /users\.audit_logs_2026_11 does not force/],
    ['a role may do more', 'grant update on users.audit_logs to users_app', 'revoke update on users.audit_logs from users_app', /differs: table users\.audit_logs/],
    ['a role passes by row-level security', 'alter role auth_app bypassrls', 'alter role auth_app nobypassrls', /differs: role auth_app/],
    ['a constraint is missing', 'alter table events.settings rename constraint settings_pkey to gone', 'alter table events.settings rename constraint gone to settings_pkey', /missing: constraint events\.settings\.settings_pkey/],
  ])('when %s', async (_, change, undo, said) => {
    const { same, printed } = await differencesAfter(change, undo);
    expect(printed).toMatch(said);
    expect(same).toBe(false);
  });

  it('in the same way for an administrator who is no superuser, and sees rows as their owners alone', async () => {
    await restored.query(`create role administrator login password 'administrator'`);
    for (const service of ['auth', 'users', 'gallery', 'events', 'mailer']) await restored.query(`grant ${service}_owner to administrator`);
    const url = new URL(target.postgresUrl);
    const stores = { postgresUrl: `postgresql://administrator:administrator@${url.host}${url.pathname}`, clickHouse: undefined };
    await expect(check(folder, stores, watch)).rejects.toThrow(/sees no rows of organizations/);
    const look = async () => lines(await check(folder, stores, watch, { asOwners: true }));
    expect(await look()).toMatchObject({ same: true, printed: expect.stringContaining('nothing differs') });
    await restored.query(`update gallery.sites set name = 'Another'`);
    expect(await look()).toMatchObject({ same: false, printed: expect.stringContaining('gallery.sites: as many rows, of another content') });
    await restored.query(`update gallery.sites set name = 'Site'`);
  });

  it('no longer when all of that is as it was', async () => {
    expect(lines(await check(folder, { ...target, clickHouse: undefined }, watch))).toMatchObject({ same: true });
  });

  it('when ClickHouse lacks rows, and where only another moment is claimed it says so', async () => {
    const administrator = new ClickHouse(async () => ({ ...target.clickHouse!, database: 'default' }));
    await administrator.run({ query: `ALTER TABLE atrium.audit_log DELETE WHERE org_id = '${organizations[2]}' SETTINGS mutations_sync = 1` });
    const found = await check(folder, { postgresUrl: undefined, clickHouse: target.clickHouse }, watch);
    expect(lines(found)).toMatchObject({ same: false, printed: expect.stringMatching(/atrium\.audit_log\/\d{6}: \d+ rows in the backup, \d+ here/) });
    expect(lines(found, true)).toMatchObject({ same: true, printed: expect.stringContaining('of another moment: atrium.audit_log') });
  });

  it('when nothing was compared', () => {
    expect(lines({ postgres: undefined, clickHouse: undefined }).same).toBe(false);
  });
});

describe('a restore', () => {
  it('refuses a database that holds an organization, and leaves it as it is', async () => {
    await expect(restore(folder, { ...target, clickHouse: undefined }, watch)).rejects.toThrow(/holds rows of organizations already/);
    await expect(restore(folder, { ...target, postgresUrl: undefined }, watch)).rejects.toThrow(/ClickHouse holds rows already/);
    await expect(startLocalTarget(data, folder)).rejects.toThrow(/holds a platform already/);
  });

  it('refuses a backup that was not finished', async () => {
    await expect(restore(root, target, watch)).rejects.toThrow(/the backup was not finished/);
  });

  it('is of files that only their owner reads', () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'postgres', 'auth.accounts.copy.zst')).mode & 0o777).toBe(0o600);
  });
});

it('a role that sees no rows of organizations makes no backup of nothing', async () => {
  const url = new URL(source.stores.postgresUrl ?? '');
  const stores = { postgresUrl: `postgresql://users_owner:owner-password@${url.host}${url.pathname}`, clickHouse: undefined };
  await expect(backUp({ folder: join(root, 'blind'), stores, clickHouse: undefined }, watch)).rejects.toThrow(/sees no rows of organizations/);
});
