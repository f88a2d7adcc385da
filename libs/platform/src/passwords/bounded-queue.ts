import { DomainError } from '../errors/index.js';

/** Bounds how much costly work runs at once, and how much waits: more at once would only make all of it slower. */
export class BoundedQueue {
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(
    private readonly concurrency: number,
    private readonly maxWaiting: number,
    /** For whoever is refused. */
    private readonly refusal = 'Too much work at once.',
  ) {}

  /** Runs the work when its turn comes. Throws UPSTREAM_UNAVAILABLE at once when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await work();
    } finally {
      // The turn passes on as it is; only without a next one is it given up.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private turn(): Promise<void> {
    if (this.running < this.concurrency) {
      this.running += 1;
      return Promise.resolve();
    }
    if (this.waiting.length >= this.maxWaiting) {
      throw new DomainError('UPSTREAM_UNAVAILABLE', this.refusal, { detail: 'the queue is full', retryAfterSeconds: 2 });
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
