import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { funnelSql } from '../src/queries/funnel-sql.js';
import { measureSql } from '../src/queries/measure-sql.js';
import { SqlParameters } from '../src/queries/sql-parameters.js';
import { whereOf } from '../src/queries/event-filter.js';
import { type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
const [ours, large] = [randomUUID(), randomUUID()];
const window = { from: '2026-03-01T00:00:00Z', to: '2026-03-11T00:00:00Z' };

/** Five thousand events a day of ours, forty thousand of others', in parts of a day each. */
beforeAll(async () => {
  bench = await startEventsBench();
  for (let day = 0; day < 10; day += 1) {
    for (const [org, count] of [[ours, 5_000], [large, 40_000]] as const) {
      await bench.clickHouse.run({
        query: `INSERT INTO atrium.events (org_id, site_id, event_id, event_name, user_id, ts, received_at, context, retention_days)
          SELECT {org:UUID}, {org:UUID}, generateUUIDv4(number), ['view', 'cart', 'buy', 'other'][1 + number % 4], toString(number % 500),
            toDateTime64('2026-03-01', 3, 'UTC') + toIntervalDay({day:UInt8}) + toIntervalSecond(number % 86400), now64(3), '{}', 4000 FROM numbers({count:UInt32})`,
        parameters: { org, day, count },
      });
    }
  }
}, 120_000);
afterAll(() => bench?.stop());

const principal = { userId: '', sessionId: '', orgId: ours, roles: [], permissions: ['events.read'], siteIds: [], sitePermissions: {}, membershipVersion: 1, expiresAt: 0 };

/** Rows that ClickHouse chooses to read at most: whole granules of 8,192. */
async function rowsChosen(sql: string, parameters: SqlParameters): Promise<number> {
  const settings = { do_not_merge_across_partitions_select_final: 1, optimize_move_to_prewhere_if_final: 1, query_id: `${ours}.${randomUUID()}`, readonly: 1, database: 'analytics' };
  const plan = await bench.clickHouseAs('reader').rows({ query: `EXPLAIN ESTIMATE ${sql}`, parameters: parameters.values, settings });
  return z.array(z.object({ rows: z.coerce.number() })).parse(plan).reduce((sum, { rows }) => sum + rows, 0);
}

it('a question reads the rows of its own organization and days, not those of the table', async () => {
  const all = await bench.number('SELECT count() FROM atrium.events');
  const parameters = new SqlParameters();
  const where = whereOf(principal, window, parameters);
  const steps = [{ event: 'view' }, { event: 'cart' }, { event: 'buy' }];
  const funnel = await rowsChosen(funnelSql({ steps, within: 3_600, order: 'any_between', where }, parameters), parameters);
  const one = new SqlParameters();
  const day = await rowsChosen(`SELECT ${measureSql.events} FROM events WHERE ${whereOf(principal, { ...window, to: '2026-03-02T00:00:00Z' }, one)}`, one);
  expect(all).toBe(450_000);
  expect(funnel).toBeGreaterThan(0);
  expect(funnel).toBeLessThan(all / 3);
  expect(day).toBeLessThan(funnel);
}, 60_000);
