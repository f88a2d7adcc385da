import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startPostgres } from '@atrium/local';
import { stateSchemaSql } from '@atrium/platform/state';
import pg from 'pg';

export interface StateStore {
  readonly url: string;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** The shared state on a PostgreSQL of its own. */
export async function startStateStore(): Promise<StateStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'atrium-gateway-'));
  const server = await startPostgres({ dataDir, port: await findFreePort(), superuserPassword: 'gateway-test' });
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  pool.on('error', () => undefined);
  await pool.query(stateSchemaSql);
  return {
    url: server.url,
    clear: async () => void (await pool.query('truncate state.limits, state.counters, state.revocations, state.cache')),
    stop: async () => {
      await pool.end();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
