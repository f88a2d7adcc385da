import { setTimeout as sleep } from 'node:timers/promises';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PersonErasure } from '../erasure/person-erasure.js';
import { UploadExpiry } from './upload-expiry.js';

/** Dependency-injection token of the milliseconds between two sweeps. */
export const SWEEP_INTERVAL_MS = Symbol('SweepIntervalMs');

/** Sweeps again and again: overdue uploads, and what erased people left. A failure is logged and waits for the next time. */
@Injectable()
export class ExpirySchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly expiry: UploadExpiry,
    private readonly erasure: PersonErasure,
    @Inject(SWEEP_INTERVAL_MS) private readonly intervalMs: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.expiry.sweep().catch((error: unknown) => {
        this.logger.error({ err: error }, 'Overdue uploads could not be swept; trying again later.');
      });
      await this.erasure.sweep().catch((error: unknown) => {
        this.logger.error({ err: error }, 'Files of erased people could not be deleted; trying again later.');
      });
      await sleep(this.intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
