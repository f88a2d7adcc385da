import { type Credentials, databaseServices } from './credentials.js';
import { secretIds } from './service-environment.js';
import type { LocalSettings } from './settings.js';

export const databaseName = 'atrium';

/** Where processes find the engines. */
export interface EnginePlaces {
  readonly postgres: { readonly host: string; readonly port: number };
  /** URL of ClickHouse's HTTP interface. */
  readonly clickhouse: string;
  /** URL of the shared state: redis:// or postgres://. */
  readonly state: string;
}

/** Secret id → value, as CDK and the rotation functions make them in AWS. */
export function secretValues(places: EnginePlaces, oauthProviders: readonly unknown[], credentials: Credentials): Record<string, unknown> {
  const database = { ...places.postgres, dbname: databaseName };
  const clickhouse = { url: places.clickhouse, database: 'atrium' };
  const user = (username: 'writer' | 'reader') => ({ username, password: credentials.clickhouse[username] });
  return {
    [secretIds.oauthProviders]: { providers: oauthProviders },
    [secretIds.state]: { url: places.state },
    [secretIds.clickhouse]: { ...clickhouse, writer: user('writer'), reader: user('reader') },
    [secretIds.clickhouseOwner]: { ...clickhouse, username: 'admin', password: credentials.clickhouse.admin },
    ...Object.fromEntries(
      databaseServices.flatMap((service) => [
        [secretIds.database(service), { ...database, username: `${service}_app`, password: credentials.app[service] }],
        [secretIds.databaseOwner(service), { ...database, username: `${service}_owner`, password: credentials.owner[service] }],
      ]),
    ),
  };
}

/** Of the local platform: everything on this machine, the shared state in PostgreSQL unless it is told otherwise. */
export const enginePlaces = ({ ports, redisUrl }: LocalSettings, credentials: Credentials): EnginePlaces => ({
  postgres: { host: '127.0.0.1', port: ports.postgres },
  clickhouse: `http://127.0.0.1:${ports.clickhouse}`,
  state: redisUrl ?? `postgres://state_app:${credentials.state}@127.0.0.1:${ports.postgres}/${databaseName}`,
});
