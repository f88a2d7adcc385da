import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startPostgres } from '@atrium/local';
import { provisionDatabase } from '@atrium/platform/database';
import { stateSchemaSql } from '@atrium/platform/state';
import pg from 'pg';

/** A PostgreSQL of its own, with what all services share in it: extensions and the schema of the shared state. */
export interface DatabaseServer {
  /** The superuser's URL of the database; also a URL of the shared state. */
  readonly url: string;
  readonly port: number;
  /** As superuser: to look at what the app role can't see. Never for behaviour. */
  readonly superuser: pg.Pool;
  /** Ends the server alone, as an outage does. */
  stopServer(): Promise<void>;
  stop(): Promise<void>;
}

export async function startDatabaseServer(): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-postgres-'));
  const port = await findFreePort();
  const server = await startPostgres({ dataDir: join(folder, 'postgres'), port, superuserPassword: 'superuser-password' });
  const superuser = new pg.Pool({ connectionString: server.url, max: 4 });
  // Idle connections are cut when the server stops.
  superuser.on('error', () => undefined);
  const administrator = await superuser.connect();
  await provisionDatabase(administrator);
  await administrator.query(stateSchemaSql);
  administrator.release();
  return {
    url: server.url,
    port,
    superuser,
    stopServer: () => server.stop(),
    stop: async () => {
      await superuser.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
