import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalStackError } from '../local-stack-error.js';
import { exitOf, within } from '../process-exit.js';

export interface ProcessPlan {
  readonly name: string;
  /** Path of the program. */
  readonly program: string;
  readonly arguments?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeOptions: readonly string[];
  readonly logFile: string;
}

const mostRestartDelayMs = 10_000;

/** The environment without what only the supervisor should have been given. */
const inherited = (): Record<string, string> => {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR, LANG }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
};

function launch(plan: ProcessPlan, log: WriteStream): ChildProcess {
  const child = fork(plan.program, [...(plan.arguments ?? [])], {
    execArgv: [...plan.nodeOptions],
    env: { ...inherited(), ...plan.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches the whole foreground group: only the supervisor answers it, and stops the others in order.
    detached: true,
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.on('error', () => undefined);
  return child;
}

const openLog = (file: string): WriteStream => {
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: 'a', mode: 0o600 });
};

const lastLine = (file: string): string => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.slice(-3).join(' ').slice(-600);
};

/** Runs a program to its end. Throws LocalStackError with its last words when it fails. */
export async function runToEnd(plan: ProcessPlan): Promise<void> {
  const log = openLog(plan.logFile);
  const child = launch(plan, log);
  await exitOf(child);
  await new Promise((resolve) => log.end(resolve));
  if (child.exitCode !== 0) {
    throw new LocalStackError(`${plan.name} failed: ${lastLine(plan.logFile)} (see ${plan.logFile})`);
  }
}

/** A service that is kept running: one that ends unasked is started again, later each time. */
export class SupervisedProcess {
  private readonly log: WriteStream;
  private child: ChildProcess | undefined;
  private stopping = false;
  private wasReady = false;
  private restarts = 0;

  constructor(
    private readonly plan: ProcessPlan,
    private readonly readyUrl: string,
    private readonly report: (line: string) => void,
  ) {
    this.log = openLog(plan.logFile);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const child = launch(this.plan, this.log);
    this.child = child;
    void exitOf(child).then(() => this.onExit(child));
  }

  /** Resolves when the service says that it is ready. Throws LocalStackError when it ends instead, or stays silent. */
  async ready(milliseconds: number): Promise<void> {
    const isReady = await within(milliseconds, async () => this.hasEnded() || (await this.answers()));
    if (isReady && !this.hasEnded()) {
      this.wasReady = true;
      return;
    }
    const words = lastLine(this.plan.logFile);
    throw new LocalStackError(`${this.plan.name} did not start: ${words} (see ${this.plan.logFile})`);
  }

  /** Asks it to stop, and makes it after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (child && !this.hasEnded()) {
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await exitOf(child);
      clearTimeout(forced);
    }
    await new Promise((resolve) => this.log.end(resolve));
  }

  private hasEnded(): boolean {
    return !this.child || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(this.readyUrl, { signal: AbortSignal.timeout(3_000) })).ok;
    } catch {
      return false;
    }
  }

  private async onExit(child: ChildProcess): Promise<void> {
    if (this.stopping || !this.wasReady) return;
    this.restarts += 1;
    const pause = Math.min(250 * 2 ** (this.restarts - 1), mostRestartDelayMs);
    this.report(
      `${this.plan.name} ended (${child.signalCode ?? child.exitCode}): starting it again in ${pause} ms; see ${this.plan.logFile}`,
    );
    await delay(pause);
    if (!this.stopping) this.start();
  }
}
