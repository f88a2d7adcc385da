import { setTimeout as sleep } from 'node:timers/promises';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { retryInPlace } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { EventStore } from './event-store.js';

const pingEveryMs = 1_000;

/**
 * Keeps packs on the queue while ClickHouse takes none: each delivery counts, and after a few a pack is a dead letter. What
 * is at hand is tried again here, kept invisible by its heartbeat; nothing more is received, not even by a process that
 * starts anew.
 */
@Injectable()
export class StoreGate {
  private failing = 0;
  private isOpen = false;

  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Repeats the work until ClickHouse is there for it; throws what is no outage, and the outage itself when `stopping`. */
  async whenOpen<T>(work: () => Promise<T>, stopping: AbortSignal): Promise<T> {
    let isFailing = false;
    const onOutage = (error: unknown): void => {
      isFailing = true;
      this.failing += 1;
      this.isOpen = false;
      this.logger.warn({ err: error }, 'ClickHouse takes no rows; packs are kept and tried again.');
    };
    try {
      return await retryInPlace(work, { isTransient: isTransientFailure, stopping, onOutage });
    } finally {
      if (isFailing) this.failing -= 1;
    }
  }

  /** Resolves when ClickHouse answers and nothing waits for it to take rows again, or when `stopping`. */
  async pass(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && !(await this.isPassable())) {
      await sleep(pingEveryMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  private async isPassable(): Promise<boolean> {
    if (this.failing > 0) return false;
    if (!this.isOpen) this.isOpen = await this.store.ping().then(() => true, () => false);
    return this.isOpen;
  }
}
