import { expect, it } from 'vitest';
import { readContainerSettings } from './settings.js';

const environment = { ATRIUM_DATA: '/data', POSTGRES_HOST: 'postgres', CLICKHOUSE_URL: 'http://clickhouse:8123', STATE_URL: 'redis://valkey:6379' };

it('listens for other containers by the names that it is given', () => {
  const { container, dataDir, ports } = readContainerSettings({ ...environment, LISTEN_NAMES: 'local-aws, aws' });
  expect(container).toMatchObject({ LISTEN_HOST: '0.0.0.0', LISTEN_NAMES: ['local-aws', 'aws'], POSTGRES_PORT: 5432 });
  expect(dataDir).toBe('/data');
  expect(ports.s3).toBe(9000);
});

it('names every variable that is missing or wrong, and no value', () => {
  const read = () => readContainerSettings({ POSTGRES_HOST: 'postgres', STATE_URL: 'http://user:hidden@valkey' });
  expect(read).toThrow(/CLICKHOUSE_URL.*STATE_URL must begin with redis/);
  expect(read).not.toThrow(/hidden/);
});
