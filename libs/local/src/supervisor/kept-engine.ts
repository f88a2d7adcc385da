import { setTimeout as delay } from 'node:timers/promises';
import { LocalStackError } from '../local-stack-error.js';

/** An engine that is a process of its own. */
export interface EngineProcess {
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

export interface KeptEngineOptions<E> {
  readonly name: string;
  /** Starts it on the same data and port each time. */
  readonly start: () => Promise<E>;
  readonly report: (line: string) => void;
  /** It can't be kept running; the error is for the person who runs the platform. */
  readonly giveUp: (error: LocalStackError) => void;
  /** Before the second try of a restart, doubled for each further one; 500. */
  readonly retryMs?: number;
}

const mostTries = 6;
/** More endings than `mostEndings` within so many milliseconds are no accident any more. */
const accidentWindowMs = 60_000;
const mostEndings = 5;

/** An engine that is started again when it ends unasked, so that the services find it again by themselves. */
export class KeptEngine<E extends EngineProcess> {
  private stopping = false;
  private restarting: Promise<void> | undefined;
  private readonly endings: number[] = [];

  private constructor(
    private readonly options: KeptEngineOptions<E>,
    /** As it was started first: address and port stay. */
    readonly first: E,
    private running: E,
  ) {
    this.watch();
  }

  /** Rejects when the first start fails. */
  static async start<E extends EngineProcess>(options: KeptEngineOptions<E>): Promise<KeptEngine<E>> {
    const engine = await options.start();
    return new KeptEngine(options, engine, engine);
  }

  /** As it runs now. */
  get current(): E {
    return this.running;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.restarting;
    await this.running.stop();
  }

  private watch(): void {
    void this.running.exited.then(() => {
      if (!this.stopping) this.restarting = this.restart();
    });
  }

  private async restart(): Promise<void> {
    const { name, report, giveUp } = this.options;
    const now = performance.now();
    this.endings.push(now);
    if (this.endings.filter((at) => now - at < accidentWindowMs).length > mostEndings) {
      giveUp(new LocalStackError(`${name} ended ${mostEndings + 1} times within a minute`));
      return;
    }
    report(`${name} ended unasked: starting it again`);
    try {
      const engine = await this.tryToStart();
      if (!engine) return;
      this.running = engine;
      report(`${name} is back`);
      this.watch();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      giveUp(new LocalStackError(`${name} ended and can't be started again: ${reason}`, { cause: error }));
    }
  }

  private async tryToStart(): Promise<E | undefined> {
    for (let attempt = 1; !this.stopping; attempt += 1) {
      try {
        return await this.options.start();
      } catch (error) {
        if (attempt === mostTries) throw error;
        await delay((this.options.retryMs ?? 500) * 2 ** (attempt - 1));
      }
    }
    return undefined;
  }
}
