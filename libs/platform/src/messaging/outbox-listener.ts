import pg from 'pg';
import type { DataSource } from 'typeorm';

/** How a dedicated connection is made: a pooled one, or one behind a transaction-pooling proxy, can't LISTEN. */
export function listenConfigOf(dataSource: DataSource): pg.ClientConfig {
  const options = dataSource.options;
  if (options.type !== 'postgres') throw new Error('The outbox relay needs a PostgreSQL data source.');
  const { host, port, database, username, password, ssl } = options;
  const tls = typeof ssl === 'object' ? { ca: ssl.ca, rejectUnauthorized: ssl.rejectUnauthorized } : ssl;
  return { host, port, database, user: username, password, ssl: tls, application_name: 'atrium-outbox-listener', keepAlive: true };
}

/**
 * Hears committed outbox rows. While its connection is down it stays silent and tries again; the relay's polling does the
 * work meanwhile.
 */
export class OutboxListener {
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly config: pg.ClientConfig,
    private readonly channel: string,
    private readonly wake: () => void,
    private readonly reconnectAfterMs = 1_000,
  ) {}

  async start(): Promise<void> {
    if (this.stopped) return;
    const client = new pg.Client({ ...this.config, connectionTimeoutMillis: 3_000 });
    this.client = client;
    client.on('notification', this.wake);
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    try {
      await client.connect();
      await client.query(`listen ${this.channel}`);
      // What was committed before the LISTEN took hold.
      this.wake();
    } catch {
      this.reconnect(client);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private reconnect(failed: pg.Client): void {
    if (this.stopped || this.client !== failed) return;
    this.client = undefined;
    void failed.end().catch(() => undefined);
    this.retry = setTimeout(() => void this.start(), this.reconnectAfterMs);
  }
}
