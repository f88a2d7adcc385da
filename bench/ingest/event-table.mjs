// What has arrived in ClickHouse, asked as its administrator.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(new URL('../../libs/local/package.json', import.meta.url));
const { createClient } = require('@clickhouse/client');

const pollMs = 10;
const patienceMs = 60_000;

export class EventTable {
  constructor({ ports, dataDir }) {
    const { clickhouse } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
    const url = `http://127.0.0.1:${ports.clickhouse}`;
    this.client = createClient({ url, username: 'admin', password: clickhouse.admin, keep_alive: { idle_socket_ttl: 1_000 } });
  }

  async rows(query) {
    return (await this.client.query({ query, format: 'JSONEachRow' })).json();
  }

  async count() {
    const [{ count }] = await this.rows('SELECT count() AS count FROM atrium.events');
    return Number(count);
  }

  /** Inserts that the engine has begun. */
  async inserts() {
    const [{ value }] = await this.rows("SELECT value FROM system.events WHERE event = 'InsertQuery'");
    return Number(value);
  }

  /** Resolves when so many are stored. */
  async holds(count, everyMs = pollMs, patience = patienceMs) {
    const deadline = performance.now() + patience;
    for (let stored = await this.count(); stored < count; stored = await this.count()) {
      if (performance.now() > deadline) throw new Error(`Only ${stored} of ${count} events were stored within ${patience / 1000} s`);
      await sleep(everyMs);
    }
  }

  close() {
    return this.client.close();
  }
}
