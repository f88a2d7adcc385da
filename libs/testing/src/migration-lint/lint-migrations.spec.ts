import type { DeclaredMigration } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { lintMigrations, type Sources } from './lint-migrations.js';
import { type Releases, releases } from './releases.js';

const released: Releases = {
  baseline: { shop: 'First' },
  releases: [{ version: '0.2.0', date: '2026-12-01', migrations: { shop: 'First' } }],
};

const before = `
  create table shop.orders (
    id uuid primary key,
    status text not null default 'open',
    note text,
    constraint orders_status check (status in ('open', 'paid'))
  );
  create function shop.find_order(token text) returns table (id uuid, status text) language sql as $$ select null::uuid, null $$;
  create function shop.count_orders() returns bigint language sql as $$ select 1::bigint $$;
  create view shop.open_orders as select id, status as state from shop.orders;
  create policy tenant on shop.orders using (true);`;

const migration = (name: string, sql: string | readonly string[], declared: DeclaredMigration = {}) => {
  const Migration = class implements MigrationInterface, DeclaredMigration {
    contracts = declared.contracts;
    locks = declared.locks;
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of [sql].flat()) await runner.query(statement);
    }
    async down(): Promise<void> {}
  };
  return Object.defineProperty(Migration, 'name', { value: name });
};

const code = (now = '', then?: string): Sources => ({ now, of: () => then });

const lint = (sql: string | readonly string[], declared: DeclaredMigration = {}, sources = code()) =>
  lintMigrations({ kind: 'postgres', name: 'shop', migrations: [migration('First', before), migration('Second', sql, declared)] }, released, sources);

describe('migrations of PostgreSQL after a release', () => {
  it.each([
    ['a new table with indexes', 'create table shop.items (id uuid primary key); create unique index items_by_id on shop.items (id); alter table shop.items drop column id'],
    ['a new column that may be empty', 'alter table shop.orders add column paid_at timestamptz'],
    ['a new column with a default', 'alter table shop.orders add column tries int not null default 0'],
    ['a check over new columns', 'alter table shop.orders add column a int, add column b int, add constraint orders_pair check ((a is null) = (b is null))'],
    ['a check that takes the place of its former self', "alter table shop.orders drop constraint orders_status, add constraint orders_status check (status in ('open', 'paid', 'sent'))"],
    ['a value that becomes required where there is a default', 'alter table shop.orders alter column status set not null'],
    ['a value that need not be there any more', 'alter table shop.orders alter column status drop not null'],
    ['an index that is built beside writers', 'create index concurrently orders_by_note on shop.orders (note)'],
    ['a function that answers more', 'drop function shop.find_order(text); create function shop.find_order(t text) returns table (id uuid, status text, note text) language sql as $$ select null::uuid, null, null $$'],
    ['a policy that is made anew', 'drop policy tenant on shop.orders; create policy tenant on shop.orders using (id is not null)'],
    ['a comment that speaks of dropping', "comment on table shop.orders is 'drop table shop.orders'"],
    ['rights of a function that everybody had', 'revoke all on function shop.count_orders() from public'],
  ])('lets %s be', async (_what, sql) => expect(await lint(sql)).toEqual([]));

  it.each([
    ['a dropped table', 'drop table shop.orders', 'shop.orders is dropped'],
    ['a dropped table of the search path, beside a new one', 'create table shop.new (id int); drop table if exists shop.new, orders', 'shop.orders is dropped'],
    ['a dropped column', 'alter table shop.orders add column remark text, drop column note', 'shop.orders.note is dropped'],
    ['a renamed column', 'alter table shop.orders rename note to remark', 'shop.orders.note is renamed'],
    ['a renamed table', 'ALTER TABLE "shop"."orders" RENAME TO "bills"', 'shop.orders is renamed'],
    ['another type', 'alter table shop.orders alter column note type varchar(10)', 'shop.orders.note changes its type'],
    ['a value that becomes required', 'alter table shop.orders alter column note set not null', 'shop.orders.note must have a value'],
    ['a new column that is required', 'alter table shop.orders add column total int not null', 'shop.orders.total is new, must have a value'],
    ['a default that goes', 'alter table shop.orders alter column status drop default', 'shop.orders.status loses its default'],
    ['a new check', 'alter table shop.orders add constraint noted check (note <> status)', 'shop.orders.noted is a check'],
    ['a dropped function', 'drop function shop.count_orders()', 'shop.count_orders() is dropped'],
    ['a function of other parameters', 'drop function shop.find_order(text); create function shop.find_order(uuid) returns table (id uuid, status text) language sql as $$ select null::uuid, null $$', 'shop.find_order(text) is dropped'],
    ['a function that answers less', 'drop function shop.find_order(text); create function shop.find_order(text) returns table (id uuid) language sql as $$ select null::uuid $$', 'shop.find_order(text) no longer answers status'],
    ['a function that answers otherwise', 'drop function shop.count_orders(); create function shop.count_orders() returns text language sql as $$ select null $$', 'answers text instead of int8'],
    ['a view that answers less', 'drop view shop.open_orders; create view shop.open_orders as select id from shop.orders', 'shop.open_orders no longer answers state'],
    ['a dropped policy', 'drop policy tenant on shop.orders', 'shop.orders.tenant is dropped'],
    ['rights that are taken from the service', 'revoke insert on shop.orders from shop_app', 'shop.orders rights of shop_app'],
    ['another schema', 'alter table shop.orders set schema public', 'shop.orders moves to another schema'],
    ['a table that is emptied', 'truncate shop.orders', 'shop.orders is emptied'],
    ['a unique index', 'create unique index concurrently orders_note on shop.orders (note)', 'shop.orders.orders_note is a unique index'],
    ['an index that writers wait for', 'create index orders_note on shop.orders (note)', 'shop.orders writers wait while orders_note is built'],
    ['what hides its statements', "do $$ begin execute 'drop table shop.orders'; end $$", 'a DO block hides its statements'],
    ['what is not SQL', 'alter tabel', 'syntax error'],
  ])('refuses %s', async (_what, sql, problem) => {
    const problems = await lint(sql);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('shop: Second: ');
    expect(problems[0]).toContain(problem);
  });

  it('refuses a migration that does more than send SQL', async () => {
    class Second implements MigrationInterface {
      up = (runner: QueryRunner) => runner.dropTable('orders');
      async down(): Promise<void> {}
    }
    expect(await lintMigrations({ kind: 'postgres', name: 'shop', migrations: [migration('First', before), Second] }, released, code())).toEqual([
      expect.stringContaining('uses dropTable of the query runner'),
    ]);
  });

  it('looks at none that a release had already', async () => {
    const stores = { kind: 'postgres' as const, name: 'shop', migrations: [migration('First', before), migration('Second', 'drop table shop.orders')] };
    const later = { ...released, releases: [...released.releases, { version: '0.3.0', date: '2026-12-02', migrations: { shop: 'Second' } }] };
    expect(await lintMigrations(stores, later, code())).toEqual([]);
    await expect(lintMigrations(stores, { ...released, baseline: { shop: 'Zeroth' } }, code())).rejects.toThrow('Zeroth of shop, which is not there');
  });
});

describe('what a migration says of itself', () => {
  const drop = 'alter table shop.orders drop column note; drop function shop.count_orders()';
  const objects = ['shop.orders.note', 'shop.count_orders()'];

  it('lets go what no code uses since a release', async () => {
    expect(await lint(drop, { contracts: { unusedSince: '0.2.0', objects } }, code('select status from shop.orders', 'select id from shop.orders'))).toEqual([]);
  });

  it('must name a release that was made', async () => {
    expect(await lint(drop, { contracts: { unusedSince: '0.3.0', objects } })).toEqual([expect.stringContaining('0.3.0 was not released')]);
  });

  it('must name all that goes, and nothing else', async () => {
    expect(await lint(drop, { contracts: { unusedSince: '0.2.0', objects: ['shop.orders.note', 'shop.orders.status'] } })).toEqual([
      expect.stringContaining('shop.count_orders() is dropped'),
      expect.stringContaining('nothing happens to shop.orders.status'),
    ]);
  });

  it('must be true of the code as it is', async () => {
    expect(await lint(drop, { contracts: { unusedSince: '0.2.0', objects } }, code('select shop.count_orders()'))).toEqual([expect.stringContaining('the code still names shop.count_orders')]);
  });

  it('must be true of the code of that release, where that is at hand', async () => {
    expect(await lint(drop, { contracts: { unusedSince: '0.2.0', objects } }, code('', 'select shop.count_orders()'))).toEqual([
      expect.stringContaining('the code of 0.2.0 names shop.count_orders'),
    ]);
  });

  it('may say why a lock is short, and of which table', async () => {
    const index = 'create index orders_note on shop.orders (note)';
    expect(await lint(index, { locks: { 'shop.orders': 'a row for each of a hundred shops' } })).toEqual([]);
    expect(await lint(index, { locks: { 'shop.orders': ' ' } })).toHaveLength(1);
    expect(await lint('select 1', { locks: { 'shop.orders': 'small' } })).toEqual([expect.stringContaining('nothing locks shop.orders')]);
  });
});

describe('migrations of ClickHouse after a release', () => {
  const first = [
    'CREATE TABLE IF NOT EXISTS shop.sales (id UUID, at DateTime, note String) ENGINE = MergeTree ORDER BY id',
    'CREATE OR REPLACE VIEW shop.seen DEFINER = rows SQL SECURITY DEFINER AS SELECT id, toDate(at, \'UTC\') AS day FROM shop.sales FINAL',
  ];
  const clickHouse = (...up: string[]) =>
    lintMigrations({ kind: 'clickhouse', name: 'shop', migrations: [{ name: 'First', up: first }, { name: 'Second', up }] }, released, code());

  it.each([
    ['more columns', 'ALTER TABLE shop.sales ADD COLUMN IF NOT EXISTS total UInt32 DEFAULT 0, ADD INDEX by_total total TYPE minmax'],
    ['another codec', 'ALTER TABLE shop.sales MODIFY COLUMN note CODEC(ZSTD(3)), MODIFY SETTING merge_with_ttl_timeout = 60'],
    ['a view that answers more', 'CREATE OR REPLACE VIEW shop.seen AS SELECT id, at AS day, note FROM shop.sales'],
    ['texts that speak of dropping', "ALTER TABLE shop.sales COMMENT COLUMN note 'DROP COLUMN note, DROP COLUMN id' -- , DROP COLUMN id"],
  ])('lets %s be', async (_what, sql) => expect(await clickHouse(sql)).toEqual([]));

  it.each([
    ['a dropped table', 'DROP TABLE IF EXISTS shop.sales SYNC', 'shop.sales DROP'],
    ['a renamed table', 'RENAME TABLE shop.sales TO shop.bills', 'shop.sales RENAME'],
    ['a dropped column behind another', "ALTER TABLE `shop`.`sales` ADD COLUMN a Enum8('x' = 1, 'y' = 2), DROP COLUMN note", 'shop.sales.note DROP COLUMN'],
    ['a renamed column', 'ALTER TABLE shop.sales RENAME COLUMN note TO remark', 'shop.sales.note RENAME COLUMN'],
    ['another type', 'ALTER TABLE shop.sales MODIFY COLUMN note LowCardinality(String)', 'shop.sales.note MODIFY COLUMN'],
    ['rows that go', 'ALTER TABLE shop.sales DROP PARTITION 202601', 'shop.sales DROP changes its rows'],
    ['a view that answers less', 'CREATE OR REPLACE VIEW shop.seen AS SELECT id, note FROM shop.sales', 'shop.seen no longer answers day'],
  ])('refuses %s', async (_what, sql, problem) => expect(await clickHouse(sql)).toEqual([expect.stringContaining(problem)]));
});

it('reads releases strictly', () => {
  expect(releases.safeParse({ baseline: {}, releases: [{ version: 'next', date: '2026-12-01', migrations: {} }] }).success).toBe(false);
  expect(releases.safeParse({ baseline: {}, releases: [], more: 1 }).success).toBe(false);
});
