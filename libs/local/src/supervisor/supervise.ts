import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queues } from '@atrium/contracts/queues';
import { LocalStackError } from '../local-stack-error.js';
import { assertPortFree } from '../ports.js';
import { within } from '../process-exit.js';
import type { S3EventNotification } from '../s3/index.js';
import { type Credentials, databaseServices, openCredentials } from './credentials.js';
import { lockDataFolder } from './data-lock.js';
import { type Engines, type NotifyUploads, type Report, startEngines } from './engines.js';
import { provisionPostgres, provisionQueues, provisionSecrets } from './provision.js';
import { type Demo, seedDemo } from './seed.js';
import { accountId, queuePrefix, region, serviceEnvironment } from './service-environment.js';
import { type ServiceProcess, serviceProcesses } from './service-processes.js';
import { type LocalSettings, type PortName, portVariable } from './settings.js';
import { type ProcessPlan, runToEnd, SupervisedProcess } from './supervised-process.js';

/** Milliseconds: what a service gets to drain, and to become ready. */
const stopPatience = 6_000;
const startPatience = 60_000;

export interface Platform {
  readonly demo: Demo;
  readonly pids: Readonly<Partial<Record<PortName, number>>>;
  stop(): Promise<void>;
}

async function assertPortsFree({ ports }: LocalSettings, stale: boolean): Promise<void> {
  const names = Object.keys(ports) as PortName[];
  const check = async (): Promise<LocalStackError | undefined> => {
    for (const name of names) {
      try {
        await assertPortFree(ports[name], name.replace('_', ' '));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return new LocalStackError(`${text} (${portVariable(name)})`);
      }
    }
    return undefined;
  };
  let problem: LocalStackError | undefined;
  // After a kill the orphans of the earlier run are on their way out; PostgreSQL's is stopped when its turn comes.
  await within(stale ? 8_000 : 0, async () => (problem = await check()) === undefined);
  if (problem) throw problem;
}

const uploadNotifier = (settings: LocalSettings, credentials: Credentials): NotifyUploads & { close(): void } => {
  const endpoint = `http://127.0.0.1:${settings.ports.sqs}`;
  const sqs = new SQSClient({ region, endpoint, credentials: credentials.aws });
  const QueueUrl = `${endpoint}/${accountId}/${queuePrefix}${queues.galleryUploads.name}`;
  const send = async (message: S3EventNotification): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
  };
  return Object.assign(send, { close: () => sqs.destroy() });
};

/** The local platform: engines, services, and how to end both. */
export class Supervisor {
  private readonly processes = new Map<PortName, SupervisedProcess>();
  private readonly credentials: Credentials;
  private readonly lock: { readonly stale: boolean; release(): void };
  private engines: Engines | undefined;

  constructor(
    private readonly root: string,
    private readonly settings: LocalSettings,
    private readonly report: Report,
  ) {
    this.credentials = openCredentials(settings.dataDir);
    this.lock = lockDataFolder(settings.dataDir);
  }

  /** Starts everything. What was started is stopped again when it fails. */
  async start(): Promise<Platform> {
    try {
      await assertPortsFree(this.settings, this.lock.stale);
      await this.startEngines();
      await this.migrate();
      await this.startServices();
      const demo = await seedDemo(this.settings);
      const pids = Object.fromEntries([...this.processes].map(([name, process]) => [name, process.pid]));
      return { demo, pids, stop: () => this.stop() };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Services first, all at once; then the engines that they work on. */
  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((process) => process.stop(stopPatience)));
    this.processes.clear();
    await this.engines?.stop();
    this.engines = undefined;
    this.lock.release();
  }

  private async startEngines(): Promise<void> {
    const notify = uploadNotifier(this.settings, this.credentials);
    this.engines = await startEngines(this.settings, this.credentials, notify, this.report);
    await Promise.all([
      provisionPostgres(this.engines.postgresUrl, this.credentials),
      provisionSecrets(this.settings, this.credentials),
      provisionQueues(this.settings, this.credentials),
    ]);
  }

  private async migrate(): Promise<void> {
    const begin = performance.now();
    const migrations = databaseServices.map((service) => runToEnd(this.plan(service, 'migrate.js', `${service}-migrate`, 0)));
    const keys = runToEnd({ ...this.plan('auth', 'rotate-signing-key.js', 'signing-keys', 0), arguments: ['ensure'] });
    await Promise.all([...migrations, keys]);
    this.report(`Migrations and signing keys (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }

  private async startServices(): Promise<void> {
    await Promise.all(serviceProcesses.map((process) => this.startService(process)));
  }

  private async startService({ name, service, entry }: ServiceProcess): Promise<void> {
    const begin = performance.now();
    const port = this.settings.ports[name];
    const title = name.replace('_', ' ');
    const process = new SupervisedProcess(
      this.plan(service, entry, name, port),
      `http://127.0.0.1:${port}/health/ready`,
      this.report,
    );
    this.processes.set(name, process);
    process.start();
    await process.ready(startPatience);
    this.report(`${title} on port ${port} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }

  private plan(service: string, entry: string, name: string, port: number): ProcessPlan {
    const program = join(this.root, 'apps', service, 'dist', entry);
    if (!existsSync(program)) throw new LocalStackError(`${program} is missing: run \`npm run build\``);
    return {
      name,
      program,
      environment: {
        ...serviceEnvironment(service, port, this.settings, this.credentials),
        NODE_COMPILE_CACHE: join(this.settings.dataDir, 'compile-cache'),
      },
      nodeOptions: this.settings.nodeOptions,
      logFile: join(this.settings.dataDir, 'logs', `${name}.log`),
    };
  }
}
