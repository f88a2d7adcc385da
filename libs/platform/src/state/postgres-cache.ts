import type { Pool } from 'pg';
import type { z } from 'zod';
import type { StateCache } from './state-cache.js';
import { storeKey } from './store-key.js';

export class PostgresCache implements StateCache {
  constructor(private readonly pool: Pool) {}

  async get<S extends z.ZodType>(key: string, schema: S): Promise<z.output<S> | undefined> {
    const { rows } = await this.pool.query<{ value: unknown }>(
      'select value from state.cache where key = $1 and expires_at > clock_timestamp()',
      [storeKey(key)],
    );
    return rows[0] && schema.safeParse(rows[0].value).data;
  }

  async set(key: string, value: unknown, ttlSeconds: number): Promise<void> {
    await this.pool.query(
      `insert into state.cache (key, value, expires_at)
       values ($1, $2::jsonb, clock_timestamp() + make_interval(secs => $3))
       on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at`,
      [storeKey(key), JSON.stringify(value), ttlSeconds],
    );
  }

  async delete(key: string): Promise<void> {
    await this.pool.query('delete from state.cache where key = $1', [storeKey(key)]);
  }
}
