import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { galleryMigrations } from '../src/migrations/index.js';

let database: ServiceDatabase;
beforeAll(async () => {
  database = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
});
afterAll(() => database.stop());

const insert = `insert into gallery.assets
  (org_id, id, site_id, filename, content_type, size, sha256, status, rejection_reason, quarantine_key, created_by, expires_at)
  values ($1, gen_random_uuid(), gen_random_uuid(), 'a.png', 'image/png', $2, repeat('ab', 32), $3, $4, gen_random_uuid()::text,
          gen_random_uuid(), now())`;

describe('the schema of the gallery', () => {
  it('goes up, down and up again', async () => {
    const owner = await (await database.ownerDataSource()).initialize();
    for (const _ of galleryMigrations) await owner.undoLastMigration();
    const tables = `select table_name from information_schema.tables where table_schema = 'gallery' order by 1`;
    expect(await owner.query(tables)).toEqual([{ table_name: 'migrations' }]);
    expect(await owner.runMigrations()).toHaveLength(galleryMigrations.length);
    await owner.destroy();
  });

  it('refuses rows that no service should write', async () => {
    const { dataSource: app } = await database.openApp();
    const orgId = randomUUID();
    const tryInsert = (...values: readonly unknown[]): Promise<unknown> =>
      app.transaction(async (manager) => {
        await manager.query(`select set_config('app.org_id', $1, true)`, [orgId]);
        await manager.query(insert, [...values]);
      });
    await expect(tryInsert(orgId, 1, 'pending', null)).resolves.toBeUndefined();
    await expect(tryInsert(randomUUID(), 1, 'pending', null)).rejects.toThrow(/row-level security/);
    await expect(tryInsert(orgId, 0, 'pending', null)).rejects.toThrow(/check/);
    await expect(tryInsert(orgId, 1, 'rejected', null)).rejects.toThrow(/check/);
    await expect(tryInsert(orgId, 1, 'pending', 'why')).rejects.toThrow(/check/);
    await expect(tryInsert(orgId, 1, 'ready', null)).rejects.toThrow(/assets_ready_is_verified/);
  });

  it('gives the app role neither deletes nor the schema', async () => {
    const { dataSource: app } = await database.openApp();
    await expect(app.query('delete from gallery.assets')).rejects.toThrow(/permission denied/);
    await expect(app.query('alter table gallery.assets disable row level security')).rejects.toThrow(/must be owner/);
  });
});
