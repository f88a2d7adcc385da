import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { openCredentials } from '@atrium/local';
import { type Fault, FaultyProxy, pass, type RunningPlatform, startPlatform, until } from '@atrium/testing';
import { z } from 'zod';

const clickHouseSecret = 'atrium/events/clickhouse';
const isInsert = (url: URL): boolean => /^insert into/i.test(url.searchParams.get('query') ?? '');

/** The whole platform, with a proxy between the events service and ClickHouse that treats inserts as it is told. */
export class ChaosPlatform {
  /** Chosen for each insert into ClickHouse. */
  insertFault: () => Fault = () => pass;

  private constructor(
    private running: RunningPlatform,
    readonly proxy: FaultyProxy,
  ) {
    proxy.fault = (url) => (isInsert(url) ? this.insertFault() : pass);
  }

  static async start(): Promise<ChaosPlatform> {
    const platform = await startPlatform();
    const chaos = new ChaosPlatform(platform, await FaultyProxy.start(`http://127.0.0.1:${platform.ports.clickhouse}`));
    await chaos.interpose();
    return chaos;
  }

  get platform(): RunningPlatform {
    return this.running;
  }

  /** SIGKILL; who keeps it running starts it again. */
  async kill(name: string): Promise<void> {
    const pid = (await this.running.currentPids())[name];
    if (pid === undefined) throw new Error(`There is no process ${name}`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already, and is not back yet.
    }
  }

  /** Everything at once, the local SQS too, which lives in the supervisor; then all of it again on the same data. */
  async losePower(): Promise<void> {
    const { dataDir, ports } = this.running;
    await this.running.kill();
    this.running = await startPlatform({ dataDir, ports });
    await this.interpose();
  }

  /** Until ClickHouse starts anew: merges would mend quickly what a reader must not see before them either. */
  async stopMerges(): Promise<void> {
    const { ports, dataDir } = this.running;
    const { clickhouse } = openCredentials(dataDir);
    const headers = { 'x-clickhouse-user': 'admin', 'x-clickhouse-key': clickhouse.admin };
    await fetch(`http://127.0.0.1:${ports.clickhouse}/`, { method: 'POST', headers, body: 'SYSTEM STOP MERGES atrium.events' });
  }

  async workerIsReady(): Promise<void> {
    const url = `http://127.0.0.1:${this.running.ports.events_worker}/health/ready`;
    await until('the worker to be ready', async () => (await fetch(url)).ok, { seconds: 60 });
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.proxy.stop();
    this.running.removeData();
  }

  /** The supervisor writes the secret at each start; processes read it when they start. */
  private async interpose(): Promise<void> {
    const { ports, dataDir } = this.running;
    const { aws } = openCredentials(dataDir);
    const client = new SecretsManagerClient({ region: 'eu-central-1', endpoint: `http://127.0.0.1:${ports.secrets}`, credentials: aws });
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: clickHouseSecret }));
    const secret = z.looseObject({ url: z.url() }).parse(JSON.parse(SecretString));
    await client.send(new PutSecretValueCommand({ SecretId: clickHouseSecret, SecretString: JSON.stringify({ ...secret, url: this.proxy.url }) }));
    client.destroy();
    await this.kill('events_worker');
    await this.kill('events');
    await this.workerIsReady();
  }
}
