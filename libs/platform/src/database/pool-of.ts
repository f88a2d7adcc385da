import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

const isPool = (value: unknown): value is Pool =>
  typeof value === 'object' && value !== null && 'query' in value && 'connect' in value && 'totalCount' in value;

/** The connections of the data source, without what TypeORM does around each statement. It must be initialized. */
export function poolOf({ driver }: DataSource): Pool {
  const pool: unknown = 'master' in driver ? driver.master : undefined;
  if (!isPool(pool)) throw new Error('The data source has no pool of PostgreSQL connections.');
  return pool;
}
