import type { Pool } from 'pg';
import type { CounterDelta, CounterStore } from './counter-store.js';

interface CountRow {
  readonly key: string;
  readonly count: string;
}

export class PostgresCounterStore implements CounterStore {
  constructor(private readonly pool: Pool) {}

  async read(keys: readonly string[]): Promise<number[]> {
    const { rows } = await this.pool.query<CountRow>({
      name: 'state-counters-read',
      text: 'select key, count from state.counters where key = any($1::text[])',
      values: [keys],
    });
    return inOrderOf(keys, rows);
  }

  async add(deltas: readonly CounterDelta[]): Promise<number[]> {
    const { rows } = await this.pool.query<CountRow>({
      name: 'state-counters-add',
      // One order of rows for all instances: two batches that share keys can't deadlock.
      text: `insert into state.counters as held (key, count, expires_at)
             select key, delta, to_timestamp(expires / 1000)
             from unnest($1::text[], $2::bigint[], $3::float8[]) as batch (key, delta, expires) order by key
             on conflict (key) do update set count = held.count + excluded.count
             returning key, count`,
      values: [deltas.map(({ key }) => key), deltas.map(({ delta }) => delta), deltas.map(({ expiresAt }) => expiresAt)],
    });
    return inOrderOf(deltas.map(({ key }) => key), rows);
  }
}

function inOrderOf(keys: readonly string[], rows: readonly CountRow[]): number[] {
  const counts = new Map(rows.map(({ key, count }) => [key, Number(count)]));
  return keys.map((key) => counts.get(key) ?? 0);
}
