import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';

const row = z.object({ reason: z.string(), today: z.coerce.number(), last_hour: z.coerce.number() });
export type QuarantineCount = z.output<typeof row>;

/** Events of an organization in quarantine that arrived today or within the last hour, by reason, most frequent first. */
@Injectable()
export class QuarantineCounts {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  async read(orgId: string): Promise<QuarantineCount[]> {
    const query = `
      SELECT reason, countIf(received_at >= toStartOfDay(now('UTC'))) AS today, countIf(received_at > now('UTC') - INTERVAL 1 HOUR) AS last_hour
      FROM atrium.events_quarantine FINAL
      WHERE org_id = {org_id:UUID} AND toDate(received_at) >= toDate(now('UTC') - INTERVAL 1 HOUR)
      GROUP BY reason ORDER BY today DESC, reason LIMIT 1000`;
    const settings = { readonly: 1, max_execution_time: 10 };
    return z.array(row).parse(await this.clickHouse.rows({ query, parameters: { org_id: orgId }, settings, timeoutMs: 15_000 }));
  }
}
