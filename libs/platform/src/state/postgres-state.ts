import type { Pool } from 'pg';
import { AttemptPauses } from './attempt-pauses.js';
import { OutageLog } from './outage-log.js';
import { PostgresAttemptStore } from './postgres-attempt-store.js';
import { PostgresCache } from './postgres-cache.js';
import { PostgresCounterStore } from './postgres-counter-store.js';
import { PostgresRevocationStore } from './postgres-revocation-store.js';
import { RequestLimits } from './request-limits.js';
import { RevocationList } from './revocation-list.js';
import type { SharedState, SharedStateOptions } from './shared-state.js';
import { removeExpiredSql } from './state-schema.js';
import { WindowCounters } from './window-counters.js';

const cleanupIntervalMs = 60_000;

/** Shared state in the tables of `stateSchemaSql`, for stacks without Redis. */
export async function postgresState(url: string, options: SharedStateOptions = {}): Promise<SharedState> {
  const pool = await connect(url);
  const { RateLimiterPostgres } = await import('rate-limiter-flexible');
  const counters = new WindowCounters(new PostgresCounterStore(pool), options.counters);
  const revocations = new RevocationList(new PostgresRevocationStore(pool));
  const limits = new RequestLimits(
    ({ requests, windowSeconds }) =>
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: 'pool',
        schemaName: 'state',
        tableName: 'limits',
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix: '',
        points: requests,
        duration: windowSeconds,
      }),
    counters,
  );
  const cleanup = setInterval(() => void removeExpired(pool), cleanupIntervalMs).unref();
  return {
    limits,
    attempts: new AttemptPauses(new PostgresAttemptStore(pool)),
    counters,
    revocations,
    cache: new PostgresCache(pool),
    ping: async () => void (await pool.query('select 1')),
    close: async () => {
      clearInterval(cleanup);
      revocations.stop();
      await counters.close();
      await pool.end();
    },
  };
}

async function connect(url: string): Promise<Pool> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    idleTimeoutMillis: 30_000,
    application_name: 'atrium-state',
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  const outage = new OutageLog('connections');
  pool.on('error', (error) => outage.failed(error));
  pool.on('connect', () => outage.worked());
  return pool;
}

/** A failure is left to the next round: expired rows are invisible anyway. */
async function removeExpired(pool: Pool): Promise<void> {
  for (const statement of removeExpiredSql) await pool.query(statement).catch(() => undefined);
}
