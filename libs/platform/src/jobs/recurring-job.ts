import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';

export interface JobSchedule {
  /** Milliseconds between the beginnings of two runs. */
  readonly everyMs: number;
  /** Whether the first run is at start, and not an interval later. */
  readonly atStart?: boolean;
  /** What is logged when a run fails. */
  readonly failure: string;
}

/**
 * Work that each instance does again and again. A run that takes longer than the interval has no second one beside it; one
 * that fails is logged, and the next one tries again. When the instance stops, the run at hand is waited for. Instances
 * run at the same time, unless the work asks to be alone (`Database.alone`).
 */
export abstract class RecurringJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isWanted = false;
  private isStopping = false;

  protected constructor(
    protected readonly logger: Logger,
    private readonly schedule: JobSchedule,
  ) {}

  abstract run(): Promise<unknown>;

  onApplicationBootstrap(): void {
    if (this.schedule.atStart) this.start();
    this.timer = setInterval(() => this.start(), this.schedule.everyMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isStopping = true;
    await this.running;
  }

  /** There is something to do now: beside a run at hand, which may have looked already, once more after it. */
  wake(): void {
    this.isWanted = this.running !== undefined;
    this.start();
  }

  private start(): void {
    if (this.isStopping) return;
    this.running ??= this.tryRun().finally(() => {
      this.running = undefined;
      if (this.isWanted) this.wake();
    });
  }

  private async tryRun(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      this.logger.warn({ err: error, retry_seconds: this.schedule.everyMs / 1000 }, this.schedule.failure);
    }
  }
}
