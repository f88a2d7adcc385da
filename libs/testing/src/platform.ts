import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultPorts, type Demo, demoSchema, type PortName, portVariable } from '@atrium/local';
import { z } from 'zod';

const supervisor = fileURLToPath(new URL('../../local/dist/supervisor/main.js', import.meta.url));

const pids = z.record(z.string(), z.int());
const readyMessage = z.object({ ready: z.literal(true), demo: demoSchema, pids });
const pidsMessage = z.object({ pids });

export interface PlatformOptions {
  /** Multiplies every rate limit; 10,000 where unset, so that suites don't meet them. */
  readonly limitScale?: number;
  /** Data of an earlier platform; a new folder where unset. */
  readonly dataDir?: string;
  readonly ports?: Ports;
  /** Issuers that people may sign in with. */
  readonly oauthProviders?: readonly unknown[];
  /** More of what `npm start` reads. */
  readonly environment?: Readonly<Record<string, string>>;
}

export type Ports = Readonly<Record<PortName, number>>;

/** The whole platform, as `npm start` runs it, on ports and data of its own. */
export interface RunningPlatform {
  readonly gateway: string;
  readonly mail: string;
  readonly ports: Ports;
  readonly dataDir: string;
  readonly demo: Demo;
  /** Process ids of the services, of PostgreSQL and of ClickHouse, as they were started first. */
  readonly pids: Readonly<Record<string, number>>;
  /** The same as they are now: what ended unasked was started again as another process. */
  currentPids(): Promise<Readonly<Record<string, number>>>;
  readonly supervisorPid: number;
  /** Everything that was printed. */
  output(): string;
  /** SIGTERM, as an operator stops it. Resolves with the exit code; the data stays. */
  stop(): Promise<number | null>;
  /** SIGKILL to the supervisor, services and engines at once: a power failure. The data stays. */
  kill(): Promise<void>;
  removeData(): void;
}

/** Ports that were free a moment ago, all different. */
export async function findFreePorts(): Promise<Ports> {
  const names = Object.keys(defaultPorts) as PortName[];
  const servers = names.map(() => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0])) as Record<PortName, number>;
}

const environmentOf = (dataDir: string, ports: Ports, { limitScale = 10_000, oauthProviders = [] }: PlatformOptions): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  ATRIUM_DATA: dataDir,
  ATRIUM_LIMIT_SCALE: String(limitScale),
  // The least there is: suites and benches sign in often.
  PASSWORD_HASH_MEMORY_KIB: '19456',
  PASSWORD_HASH_PASSES: '2',
  ATRIUM_OAUTH_PROVIDERS: JSON.stringify(oauthProviders),
  ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [portVariable(name as PortName), String(port)])),
});

const exit = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', (code) => resolve(code)));

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone already.
    }
  }
}

/** The platform as it begins to start. */
export interface LaunchedPlatform {
  readonly child: ChildProcess;
  readonly ports: Ports;
  readonly dataDir: string;
  /** Everything that was printed so far. */
  output(): string;
}

/** Begins to start the platform from the built workspace, without waiting for it. */
export async function launchPlatform(options: PlatformOptions = {}): Promise<LaunchedPlatform> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'atrium-platform-'));
  const ports = options.ports ?? (await findFreePorts());
  const env = { ...environmentOf(dataDir, ports, options), ...options.environment };
  const child = fork(supervisor, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, ports, dataDir, output: () => output };
}

const askForPids = (child: ChildProcess): Promise<Readonly<Record<string, number>>> =>
  new Promise((resolve, reject) => {
    const silence = setTimeout(() => reject(new Error('The platform does not say its process ids.')), 5_000);
    child.once('message', (message) => {
      clearTimeout(silence);
      resolve(pidsMessage.parse(message).pids);
    });
    child.send('pids', (error) => error && reject(error));
  });

/** Starts the platform from the built workspace. Rejects with what was printed when it can't start. */
export async function startPlatform(options: PlatformOptions = {}): Promise<RunningPlatform> {
  const { child, ports, dataDir, output } = await launchPlatform(options);
  const ready = await new Promise<z.output<typeof readyMessage>>((resolve, reject) => {
    child.once('message', (message) => resolve(readyMessage.parse(message)));
    child.once('exit', (code) => reject(new Error(`The platform ended with ${code}:\n${output()}`)));
  });
  const supervisorPid = child.pid ?? 0;
  return {
    gateway: `http://localhost:${ports.gateway}`,
    mail: `http://localhost:${ports.mail}`,
    ports,
    dataDir,
    demo: ready.demo,
    pids: ready.pids,
    currentPids: () => askForPids(child),
    supervisorPid,
    output,
    stop: async () => {
      child.kill('SIGTERM');
      return exit(child);
    },
    kill: async () => {
      const running = await askForPids(child).catch(() => ready.pids);
      signalAll([supervisorPid, ...Object.values(running)], 'SIGKILL');
      await exit(child);
    },
    removeData: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}
