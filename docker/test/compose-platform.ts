import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { clickHouseUsers, type Credentials, openCredentials, startClickHouse, startPostgres } from '@atrium/local';
import { provisionDatabase, provisionService } from '@atrium/platform/database';
import { findFreePorts, until } from '@atrium/testing';
import pg from 'pg';
import { type ComposeService, composeServices } from './compose.js';
import { Container } from './container.js';
import type { BuiltImage } from './images.js';

const services = composeServices();
/** Those with a port of their own on this machine, whose network all containers share here; services find each other by it. */
const processes = ['gateway', 'auth', 'users', 'gallery', 'gallery-worker', 'events', 'events-worker', 'mailer'] as const;
type Process = (typeof processes)[number];

/**
 * The services of docker/compose.yml, run from the built images with its commands, environments and volumes. Engines that
 * npm brings stand for PostgreSQL and ClickHouse, Debian's Redis for Valkey. ClickHouse's users can't be made by SQL in
 * that engine: it has them from its configuration, and the release of events only migrates. Apps whose image was not built
 * are left out.
 */
export class ComposePlatform {
  readonly containers = new Map<Process, Container>();
  private readonly engines: { stop(): Promise<unknown> }[] = [];
  private valkey: ChildProcess | undefined;

  private constructor(
    private readonly images: ReadonlyMap<string, BuiltImage>,
    private readonly folder: string,
    private readonly ports: Readonly<Record<string, number>>,
  ) {}

  static async start(images: ReadonlyMap<string, BuiltImage>, folder: string): Promise<ComposePlatform> {
    const free = await findFreePorts();
    const { gallery_worker, events_worker, analysts: valkey, ...same } = free;
    const platform = new ComposePlatform(images, folder, { ...same, 'gallery-worker': gallery_worker, 'events-worker': events_worker, valkey });
    try {
      await platform.bringUp();
      return platform;
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  get gateway(): string {
    return `http://localhost:${this.ports['gateway']}`;
  }

  get mail(): string {
    return `http://localhost:${this.ports['mail']}`;
  }

  ready(name: Process): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.ports[name]}/health/ready`).then(({ ok }) => ok, () => false);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.containers.values()].map((container) => container.stop()));
    for (const engine of this.engines.reverse()) await engine.stop();
    this.valkey?.kill('SIGKILL');
  }

  private async bringUp(): Promise<void> {
    await this.run('credentials').succeeded();
    const credentials = openCredentials(this.volume('data'));
    await this.startEngines(credentials);
    const aws = this.run('local-aws');
    this.engines.push(aws);
    await this.answers('local-aws', aws, async () => (await fetch(this.mail)).ok);
    await Promise.all(
      Object.keys(services)
        .filter((name) => name.endsWith('-release') && this.imageOf(name))
        .map((name) => this.run(name, name === 'events-release' ? ['node', 'apps/events/dist/migrate.js'] : undefined).succeeded()),
    );
    for (const name of processes.filter((one) => this.imageOf(one))) this.containers.set(name, this.run(name));
    for (const [name, container] of this.containers) await this.answers(name, container, () => this.ready(name));
  }

  private async answers(name: string, container: Container, asked: () => Promise<boolean>): Promise<void> {
    await until(
      `${name} to be ready`,
      async () => {
        if (!container.running) throw new Error(`${name} ended:\n${container.output.slice(-3_000)}`);
        return (await asked().catch(() => false)) || undefined;
      },
      { seconds: 60 },
    );
  }

  private async startEngines(credentials: Credentials): Promise<void> {
    const { postgres: port, clickhouse, valkey } = this.ports;
    const postgres = await startPostgres({ dataDir: join(this.folder, 'postgres'), port: port ?? 0, superuserPassword: credentials.postgres });
    this.engines.push(postgres);
    const users = { ...clickHouseUsers(credentials), migrator: { password: credentials.clickhouse.migrator } };
    this.engines.push(await startClickHouse({ dataDir: join(this.folder, 'clickhouse'), port: clickhouse ?? 0, users }));
    this.valkey = spawn('redis-server', ['--port', String(valkey), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
    await this.makeDatabase(postgres.url, credentials);
  }

  /** `POSTGRES_DB`, and what the release of events makes of it besides ClickHouse's users. */
  private async makeDatabase(server: string, { owner, app }: Credentials): Promise<void> {
    const on = async (url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await work(client).finally(() => client.end());
    };
    await on(server, (client) => client.query('create database atrium'));
    await on(server.replace(/\/postgres$/, '/atrium'), async (client) => {
      await provisionDatabase(client);
      await provisionService(client, 'events', { owner: owner['events'], app: app['events'] });
    });
  }

  private imageOf(name: string): BuiltImage | undefined {
    return this.images.get(/^atrium\/([a-z-]+):/.exec(services[name]?.image ?? '')?.[1] ?? '');
  }

  private run(name: string, command?: readonly string[]): Container {
    const [service, image] = [services[name], this.imageOf(name)];
    if (!service || !image) throw new Error(`There is no image of ${name}.`);
    return Container.start({
      name,
      root: image.files,
      workingFolder: image.config.WorkingDir,
      command: command ?? (service.command.length > 0 ? service.command : image.config.Cmd),
      environment: { ...image.environment, ...this.environment(name, service), LOG_LEVEL: 'warn' },
      volumes: service.volumes.map((volume) => volume.replace(/^[^:]+/, (source) => this.volume(source))),
      scratch: service.tmpfs.map((one) => one.split(':')[0] ?? ''),
    });
  }

  /** As Docker makes a volume: with the owner of the folder that it lies over. */
  private volume(name: string): string {
    const folder = join(this.folder, `volume-${name}`);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    chownSync(folder, 1000, 1000);
    return folder;
  }

  /** Names and ports of containers, where they are here. */
  private environment(name: string, { environment }: ComposeService): Readonly<Record<string, string>> {
    const placeOf: Readonly<Record<string, string>> = {
      'local-aws:9000': 's3',
      'localhost:9000': 's3',
      'local-aws:9324': 'sqs',
      'local-aws:9325': 'secrets',
      'local-aws:8026': 'smtp',
      'clickhouse:8123': 'clickhouse',
      'valkey:6379': 'valkey',
      'localhost:8000': 'gateway',
      ...Object.fromEntries(processes.map((process) => [`${process}:8080`, process])),
    };
    const found = Object.entries(environment).map(([key, value]) => [
      key,
      value.replace(/(?<=\/\/)[a-z-]+:\d+/, (place) => {
        const port = this.ports[placeOf[place] ?? ''];
        if (port === undefined) throw new Error(`Nothing is known of ${place}.`);
        return `${place.startsWith('localhost') ? 'localhost' : '127.0.0.1'}:${port}`;
      }),
    ]);
    const own = name === 'local-aws' ? this.localAwsPorts() : { PORT: String(this.ports[name] ?? 0), HOST: '127.0.0.1' };
    return { ...Object.fromEntries(found), TRUSTED_PROXIES: '127.0.0.1', ...own };
  }

  private localAwsPorts(): Readonly<Record<string, string>> {
    const names = ['gateway', 's3', 'sqs', 'secrets', 'smtp', 'mail'];
    const ports = Object.fromEntries(names.map((name) => [`ATRIUM_PORT_${name.toUpperCase()}`, String(this.ports[name])]));
    return { ...ports, POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: String(this.ports['postgres']), LISTEN_HOST: '127.0.0.1' };
  }
}
