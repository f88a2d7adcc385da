import { ClickHouse } from '@atrium/events/clickhouse';

/** A ClickHouse server and its administrator. */
export interface ClickHouseTarget {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Milliseconds that BACKUP, RESTORE or a count of everything may take. */
export const longWork = 6 * 3_600_000;

export const connect = (target: ClickHouseTarget): ClickHouse => new ClickHouse(async () => ({ ...target, database: 'default' }));

export const databases = ['atrium', 'analytics'] as const;
