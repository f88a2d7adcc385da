import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalStackError } from '../local-stack-error.js';
import { exitOf, within } from '../process-exit.js';
import { LogFile } from './log-file.js';

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
/** A service that ran so long begins anew with the shortest delay when it ends. */
const settledMs = 60_000;

/** The environment without what only the supervisor should have been given. */
const inherited = (): Record<string, string> => {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR, LANG }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
};

function launch(plan: ProcessPlan, log: LogFile): ChildProcess {
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

const lastWords = (file: string): string => {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.slice(-3).join(' ').slice(-600);
  } catch {
    return 'it said nothing';
  }
};

/** Runs a program to its end, or until `stopping`. Throws LocalStackError with its last words when it fails. */
export async function runToEnd(plan: ProcessPlan, stopping: AbortSignal): Promise<void> {
  const log = new LogFile(plan.logFile);
  const child = launch(plan, log);
  const cut = (): void => void child.kill('SIGKILL');
  stopping.addEventListener('abort', cut);
  await exitOf(child);
  stopping.removeEventListener('abort', cut);
  await new Promise((resolve) => log.end(resolve));
  stopping.throwIfAborted();
  if (child.exitCode !== 0) {
    throw new LocalStackError(`${plan.name} failed: ${lastWords(plan.logFile)} (see ${plan.logFile})`);
  }
}

/** A service that is kept running: one that ends unasked is started again, later each time. */
export class SupervisedProcess {
  private readonly log: LogFile;
  private child: ChildProcess | undefined;
  private stopping = false;
  private wasReady = false;
  private restarts = 0;
  private startedAt = 0;

  constructor(
    private readonly plan: ProcessPlan,
    private readonly readyUrl: string,
    private readonly report: (line: string) => void,
  ) {
    this.log = new LogFile(plan.logFile);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const child = launch(this.plan, this.log);
    this.child = child;
    this.startedAt = performance.now();
    void exitOf(child).then(() => this.onExit(child));
  }

  /** Resolves when the service says that it is ready. Throws LocalStackError when it ends instead, or stays silent. */
  async ready(milliseconds: number): Promise<void> {
    const isReady = await within(milliseconds, async () => this.stopping || this.hasEnded() || (await this.answers()));
    if (this.stopping) return;
    if (isReady && !this.hasEnded()) {
      this.wasReady = true;
      return;
    }
    const words = lastWords(this.plan.logFile);
    throw new LocalStackError(`${this.plan.name} did not start: ${words} (see ${this.plan.logFile})`);
  }

  /** Asks it to stop, and makes it after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (child && !this.hasEnded()) {
      child.kill('SIGTERM');
      const forced = setTimeout(() => {
        this.report(`${this.plan.name} does not stop by itself: killing it; see ${this.plan.logFile}`);
        child.kill('SIGKILL');
      }, patienceMs);
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
    this.restarts = performance.now() - this.startedAt > settledMs ? 1 : this.restarts + 1;
    const pause = Math.min(250 * 2 ** (this.restarts - 1), mostRestartDelayMs);
    const reason = child.signalCode ?? `exit code ${child.exitCode}`;
    this.report(`${this.plan.name} ended (${reason}): starting it again in ${pause} ms; see ${this.plan.logFile}`);
    await delay(pause);
    if (this.stopping) return;
    this.start();
    await this.reportReturn();
  }

  private async reportReturn(): Promise<void> {
    const child = this.child;
    const isBack = await within(60_000, async () => this.child !== child || this.stopping || this.hasEnded() || (await this.answers()));
    if (isBack && this.child === child && !this.stopping && !this.hasEnded()) this.report(`${this.plan.name} is back`);
  }
}
