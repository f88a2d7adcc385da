// Shared state on an embedded PostgreSQL of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startPostgres } from '@atrium/local';
import { stateSchemaSql } from '@atrium/platform/state';

const { Client } = createRequire(new URL('../../libs/platform/package.json', import.meta.url))('pg');

export async function startStateStore() {
  const dataDir = await mkdtemp(join(tmpdir(), 'atrium-bench-'));
  const server = await startPostgres({ dataDir, port: await findFreePort(), superuserPassword: 'bench' });
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(stateSchemaSql);
  await client.end();
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
