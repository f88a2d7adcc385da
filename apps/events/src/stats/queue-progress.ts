import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';

/** Until when a queue's messages have been received. */
export interface Progress {
  readonly queue: string;
  /** Milliseconds since the epoch: messages that were sent earlier have all been received at least once, as far as known. */
  readonly received_until: number;
}

const rows = z.array(z.object({ queue: z.string(), until: z.coerce.number() }));

/** What workers tell about how far they are, for whoever asks how old the oldest waiting message is. */
@Injectable()
export class QueueProgress {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  async write(progress: readonly Progress[]): Promise<void> {
    const data = Buffer.from(progress.map((one) => JSON.stringify(one)).join('\n'));
    const query = 'INSERT INTO atrium.queue_progress (queue, received_until) FORMAT JSONEachRow';
    await this.clickHouse.run({ query, data, settings: { async_insert: 0 }, timeoutMs: 5_000 });
  }

  /** By queue, in milliseconds since the epoch; what nobody told is missing. */
  async read(): Promise<ReadonlyMap<string, number>> {
    const query = 'SELECT queue, toUnixTimestamp64Milli(max(received_until)) AS until FROM atrium.queue_progress GROUP BY queue';
    const found = rows.parse(await this.clickHouse.rows({ query, timeoutMs: 5_000 }));
    return new Map(found.map(({ queue, until }) => [queue, until]));
  }
}
