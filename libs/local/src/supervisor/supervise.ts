import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalStackError } from '../local-stack-error.js';
import { assertPortFree } from '../ports.js';
import { within } from '../process-exit.js';
import { type Credentials, databaseServices, openCredentials } from './credentials.js';
import { openDataFolder } from '../data-folder.js';
import { type DataLock, lockDataFolder } from './data-lock.js';
import { type Engines, type Report, startEngines } from './engines.js';
import { provisionPostgres, provisionQueues, provisionSecrets } from './provision.js';
import { enginePlaces, secretValues } from './secret-values.js';
import { type Demo, seedDemo } from './seed.js';
import { serviceEnvironment } from './service-environment.js';
import { type ServiceProcess, serviceProcesses, youngGeneration } from './service-processes.js';
import { type LocalSettings, type PortName, portVariable } from './settings.js';
import { type ProcessPlan, runToEnd, SupervisedProcess } from './supervised-process.js';
import { type UploadNotifier, uploadNotifier } from './upload-notifier.js';

const flushCompileCache = new URL('./flush-compile-cache.js', import.meta.url).href;

/** Milliseconds: what a service gets to drain, and to become ready. */
const stopPatience = 5_000;
const startPatience = 60_000;

/** A program of a service: one of its processes, or a command that ends. */
type Runnable = Pick<ServiceProcess, 'onHotPath'> & { readonly service: string; readonly entry: string };

export interface Platform {
  readonly demo: Demo;
  /** Of the services and engines, as they run now. */
  pids(): Readonly<Partial<Record<PortName, number>>>;
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

/** As Promise.all, but a failure waits for the others to end: nothing starts behind the back of who cleans up. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

const at = (port: number): string => `http://127.0.0.1:${port}`;

/** Where a running platform tells of itself. */
export interface SupervisorEvents {
  /** A step is done. */
  readonly report: Report;
  /** Something ended or began again unasked. */
  readonly warn: Report;
  /** The platform can't go on. */
  readonly lost: (error: LocalStackError) => void;
}

/** The local platform: engines, services, and how to end both. */
export class Supervisor {
  private readonly processes = new Map<PortName, SupervisedProcess>();
  private readonly stopping = new AbortController();
  private starting: Promise<Platform> | undefined;
  private opened: { readonly credentials: Credentials; readonly lock: DataLock } | undefined;
  private engines: Engines | undefined;
  private uploads: UploadNotifier | undefined;

  constructor(
    private readonly root: string,
    private readonly settings: LocalSettings,
    private readonly events: SupervisorEvents,
  ) {}

  /** Starts everything. What was started is stopped again when it fails, or when `stop` is called meanwhile. */
  async start(): Promise<Platform> {
    this.starting = this.bringUp();
    try {
      return await this.starting;
    } catch (error) {
      await this.tearDown();
      throw error;
    }
  }

  /** Services first, all at once; then the engines that they work on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.processes.values()].map((process) => process.stop(stopPatience)));
    await this.starting?.catch(() => undefined);
    await this.tearDown();
  }

  private async bringUp(): Promise<Platform> {
    const { signal } = this.stopping;
    this.open();
    await assertPortsFree(this.settings, this.data.lock.stale);
    await this.startEngines();
    signal.throwIfAborted();
    await this.migrate();
    await this.startServices();
    const demo = await seedDemo(this.settings, signal);
    signal.throwIfAborted();
    return { demo, pids: () => this.pids(), stop: () => this.stop() };
  }

  private pids(): Readonly<Partial<Record<PortName, number>>> {
    const services = Object.fromEntries([...this.processes].map(([name, process]) => [name, process.pid]));
    return { ...services, ...this.engines?.pids() };
  }

  private async tearDown(): Promise<void> {
    await Promise.all([...this.processes.values()].map((process) => process.stop(stopPatience)));
    this.processes.clear();
    const engines = this.engines;
    this.engines = undefined;
    await engines?.stop();
    this.uploads?.close();
    this.opened?.lock.release();
    this.opened = undefined;
  }

  /** The lock comes first: of two first starts at once, one makes the passwords. */
  private open(): void {
    const { dataDir } = this.settings;
    openDataFolder(dataDir, 'Atrium', 0o755);
    const lock = lockDataFolder(dataDir);
    try {
      this.opened = { lock, credentials: openCredentials(dataDir) };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private get data(): { readonly credentials: Credentials; readonly lock: DataLock } {
    if (!this.opened) throw new Error('the data folder is not open');
    return this.opened;
  }

  private async startEngines(): Promise<void> {
    const { credentials } = this.data;
    const { ports } = this.settings;
    this.uploads = uploadNotifier(ports.sqs, credentials);
    this.engines = await startEngines(this.settings, credentials, { ...this.events, notifyUploads: this.uploads });
    await Promise.all([
      provisionPostgres(this.engines.postgresUrl, credentials),
      provisionSecrets(at(ports.secrets), secretValues(enginePlaces(this.settings, credentials), this.settings.oauthProviders, credentials), credentials),
      provisionQueues(at(ports.sqs), credentials),
    ]);
  }

  private async migrate(): Promise<void> {
    const begin = performance.now();
    const { signal } = this.stopping;
    const migrations = databaseServices.map((service) => runToEnd(this.plan({ service, entry: 'migrate.js' }, `${service}-migrate`, 0), signal));
    const keys = ['signing', 'encryption'].map((kind) =>
      runToEnd({ ...this.plan({ service: 'auth', entry: `rotate-${kind}-key.js` }, `${kind}-keys`, 0), arguments: ['ensure'] }, signal),
    );
    await allEnded([...migrations, ...keys]);
    this.events.report(`Migrations and keys (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }

  private async startServices(): Promise<void> {
    await allEnded(serviceProcesses.map((process) => this.startService(process)));
    this.stopping.signal.throwIfAborted();
  }

  private async startService(definition: ServiceProcess): Promise<void> {
    const { name } = definition;
    const begin = performance.now();
    const port = this.settings.ports[name];
    const title = name.replace('_', ' ');
    const process = new SupervisedProcess(
      this.plan(definition, name, port),
      `http://127.0.0.1:${port}/health/ready`,
      this.events.warn,
    );
    this.processes.set(name, process);
    process.start();
    await process.ready(startPatience);
    if (this.stopping.signal.aborted) return;
    this.events.report(`${title} on port ${port} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }

  private plan(runnable: Runnable, name: string, port: number): ProcessPlan {
    const { service, entry } = runnable;
    const program = join(this.root, 'apps', service, 'dist', entry);
    if (!existsSync(program)) throw new LocalStackError(`${program} is missing: run \`npm run build\``);
    return {
      name,
      program,
      environment: {
        ...serviceEnvironment(service, port, this.settings, this.data.credentials),
        NODE_COMPILE_CACHE: join(this.settings.dataDir, 'compile-cache'),
      },
      nodeOptions: [youngGeneration(runnable), `--import=${flushCompileCache}`],
      logFile: join(this.settings.dataDir, 'logs', `${name}.log`),
    };
  }
}
