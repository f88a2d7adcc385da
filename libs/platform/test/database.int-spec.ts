import 'reflect-metadata';
import { type Database, migrate, newId, type TenantTransaction } from '@atrium/platform/database';
import { startServiceDatabase, type ServiceDatabase } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CreateNotes1790000000000 } from './probe-service.js';

const rows = z.array(z.object({ org_id: z.string(), text: z.string() }));

describe('units of work', () => {
  let probe: ServiceDatabase;
  let database: Database;

  beforeAll(async () => {
    probe = await startServiceDatabase({ service: 'probe', migrations: [CreateNotes1790000000000] });
    database = await probe.openApp(4);
  });
  afterAll(() => probe.stop());

  const write = (tx: TenantTransaction, text: string): Promise<unknown> =>
    tx.manager.query('insert into notes (org_id, text) values ($1, $2)', [tx.orgId, text]);
  /** Deliberately without the organization: the database alone must hide the others'. */
  const readAll = async ({ manager }: { manager: TenantTransaction['manager'] }) => rows.parse(await manager.query('select org_id, text from notes'));

  it("show the organization's rows alone, though the query names none", async () => {
    const [ann, eve] = [newId(), newId()];
    await database.inTenant(ann, (tx) => write(tx, "Ann's"));
    await database.inTenant(eve, (tx) => write(tx, "Eve's"));
    expect(await database.inTenant(eve, readAll)).toEqual([{ org_id: eve, text: "Eve's" }]);
  });

  it('show no row without a tenant', async () => {
    await database.inTenant(newId(), (tx) => write(tx, 'hidden'));
    expect(await database.withoutTenant(readAll)).toEqual([]);
    expect(await database.asUser(newId(), readAll)).toEqual([]);
    expect(rows.parse(await database.dataSource.query('select org_id, text from notes'))).toEqual([]);
  });

  it("refuse to write another organization's row", async () => {
    const writing = database.inTenant(newId(), ({ manager }) =>
      manager.query('insert into notes (org_id, text) values ($1, $2)', [newId(), 'smuggled']),
    );
    await expect(writing).rejects.toThrow(/row-level security/);
  });

  it('hold the owner of the tables to the same policy', async () => {
    await database.inTenant(newId(), (tx) => write(tx, 'not even the owner'));
    const owner = await (await probe.ownerDataSource()).initialize();
    expect(await owner.query('select * from notes')).toEqual([]);
    await owner.destroy();
  });

  it('of one statement by name see no tenant by themselves, and that of the transaction that they join', async () => {
    const orgId = newId();
    const named = (name?: string) => database.statement<{ text: string }>('select text from notes where org_id = $1', [orgId], name);
    await database.inTenant(orgId, async (tx) => {
      await write(tx, 'not yet committed');
      expect(await named('notes-of-tenant')).toEqual([{ text: 'not yet committed' }]);
    });
    expect([await named('notes-of-tenant'), await named()]).toEqual([[], []]);
    await expect(database.statement('select no_such_column from notes', [], 'wrong')).rejects.toThrow('no_such_column');
    expect(await named('notes-of-tenant')).toEqual([]);
  });

  it('never mix up a hundred interleaved tenants on a pool of four', async () => {
    const tenants = Array.from({ length: 100 }, newId);
    await Promise.all(
      tenants.flatMap((orgId) => [1, 2, 3].map((n) => database.inTenant(orgId, (tx) => write(tx, `${orgId} ${n}`)))),
    );
    await Promise.all(
      tenants.map(async (orgId) => {
        const seen = await database.inTenant(orgId, readAll);
        expect(seen.map(({ text }) => text).sort()).toEqual([1, 2, 3].map((n) => `${orgId} ${n}`));
      }),
    );
  });

  it('roll back as one, nested ones included', async () => {
    const [ann, eve] = [newId(), newId()];
    const work = database.inTenant(ann, async (tx) => {
      await write(tx, 'outer');
      await database.inTenant(eve, (inner) => write(inner, 'inner'));
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await database.inTenant(ann, readAll)).toEqual([]);
    expect(await database.inTenant(eve, readAll)).toEqual([]);
  });

  it('come back to their own tenant after a nested one of another', async () => {
    const [ann, eve] = [newId(), newId()];
    await database.inTenant(ann, async (tx) => {
      await database.inTenant(eve, (inner) => write(inner, "Eve's"));
      await write(tx, "Ann's");
      expect(await readAll(tx)).toEqual([{ org_id: ann, text: "Ann's" }]);
    });
  });

  it('leave nothing of their tenant on the pooled connection', async () => {
    await database.inTenant(newId(), (tx) => write(tx, 'x'));
    const settings = await Promise.all(
      Array.from({ length: 8 }, () => database.dataSource.query(`select current_setting('app.org_id', true) as org`)),
    );
    expect(new Set(settings.flat().map((row: { org: string | null }) => row.org || null))).toEqual(new Set([null]));
  });
});

describe('migrations', () => {
  it('run up, down and up again, and two at once take turns', async () => {
    const probe = await startServiceDatabase({ service: 'probe', migrations: [CreateNotes1790000000000], migrated: false });
    const both = await Promise.all([migrate(await probe.ownerDataSource()), migrate(await probe.ownerDataSource())]);
    expect(both.flat()).toEqual(['CreateNotes1790000000000']);
    const owner = await (await probe.ownerDataSource()).initialize();
    await owner.undoLastMigration();
    expect(await owner.query(`select to_regclass('probe.notes') as found`)).toEqual([{ found: null }]);
    await owner.destroy();
    expect(await migrate(await probe.ownerDataSource())).toHaveLength(1);
    await probe.stop();
  });
});
