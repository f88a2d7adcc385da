import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLogPartitionsJob } from '../src/audit/audit-log-partitions.job.js';
import { RetentionJob } from '../src/retention/retention.job.js';
import { AuditLogBench, monthOf, monthsFromNow } from './audit-log-bench.js';
import { type Person, UsersApp } from './users-app.js';

let app: UsersApp;
let log: AuditLogBench;
let eve: Person;

beforeAll(async () => {
  app = await UsersApp.start();
  log = new AuditLogBench(app);
  eve = await app.founder();
});
afterAll(() => app?.stop());

const day = 86_400_000;
const partitions = async (): Promise<string[]> => {
  const { rows } = await app.store.superuser.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'users.audit_logs'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
};

describe('the months of the log', () => {
  it('are made ahead', async () => {
    await app.get(AuditLogPartitionsJob).run();
    expect(await partitions()).toEqual(expect.arrayContaining([0, 1, 2].map((ahead) => monthOf(monthsFromNow(ahead)))));
  });

  it('keep nobody from cleaning up while they are made or dropped', async () => {
    const months = await app.store.superuser.connect();
    try {
      await months.query('begin');
      await months.query(`select users.audit_logs_drop_expired()`);
      expect(await app.get(RetentionJob).run()).toBe(0);
    } finally {
      await months.query('rollback');
      months.release();
    }
  });

  it('are made by the entry itself that comes late or early, by many at once too', async () => {
    const [late, early] = [monthsFromNow(-9), monthsFromNow(7)];
    await Promise.all([late, late, late, early, early, early].map((at) => log.tell(eve.orgId, { action: 'odd.timed' }, at)));
    expect(await partitions()).toEqual(expect.arrayContaining([monthOf(late), monthOf(early)]));
    expect(await log.search(eve, { action: 'odd.timed' })).toHaveLength(6);
  });

  it('are dropped with all they hold a year after they ended, and not before', async () => {
    const [over, year] = [monthsFromNow(-13), monthsFromNow(-12)];
    for (const at of [over, year]) {
      await app.store.superuser.query(`select users.audit_logs_ensure_partition($1)`, [at]);
      await app.store.superuser.query(
        `insert into users.audit_logs (org_id, occurred_at, id, action, outcome, actor_kind, details, request_id) values ($1, $2, uuidv7(), 'old.done', 'success', 'user', '{}', 'r')`,
        [eve.orgId, at],
      );
    }
    expect(await partitions()).toContain(monthOf(over));
    expect(await app.get(AuditLogPartitionsJob).run()).toBe(1);
    expect(await partitions()).not.toContain(monthOf(over));
    expect(await partitions()).toContain(monthOf(year));
    const { rows } = await app.store.superuser.query<{ at: Date }>(`select occurred_at as at from users.audit_logs where action = 'old.done'`);
    expect(rows.map(({ at }) => at)).toEqual([year]);
  });

  it('do not come back for an entry that is older than a year', async () => {
    await log.tell(eve.orgId, { action: 'too.old' }, new Date(Date.now() - 400 * day));
    expect(await partitions()).not.toContain(monthOf(new Date(Date.now() - 400 * day)));
  });

  it('cannot be made far away, so that no service can fill the schema with tables', async () => {
    await expect(log.tell(eve.orgId, { action: 'far.away' }, monthsFromNow(30))).rejects.toThrow(/no partition/);
  });

  it('bear the same policy as the log, and are read only where the search leads', async () => {
    const { rows: open } = await app.store.superuser.query(
      `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'users.audit_logs'::regclass
         and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))`,
    );
    expect(open).toEqual([]);
    const plan = await app.database.inTenant(eve.orgId, ({ manager }) =>
      manager.query<object[]>(`explain select * from users.audit_logs where org_id = $1 and occurred_at >= date_trunc('month', now()) and occurred_at < now()`, [eve.orgId]),
    );
    expect(JSON.stringify(plan)).not.toContain(monthOf(monthsFromNow(-9)));
  });
});
