/** What is given up when its time has passed. */
export interface Waiting {
  late(): void;
}

/** Milliseconds between two looks; how late a deadline may be noticed. */
const sweepMs = 100;

/**
 * One timeout for many: entries stand in the order of their deadlines, since all wait equally long, so that one sweep
 * looks at the oldest alone. A timer for each request would be the dearest part of a small one.
 */
export class Deadlines {
  private readonly entries = new Map<Waiting, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly timeoutMs: number) {}

  /** Begins to wait, or begins anew. */
  watch(waiting: Waiting): void {
    this.entries.delete(waiting);
    this.entries.set(waiting, performance.now() + this.timeoutMs);
    this.timer ??= setInterval(this.sweep, Math.min(sweepMs, this.timeoutMs)).unref();
  }

  forget(waiting: Waiting): void {
    this.entries.delete(waiting);
  }

  private readonly sweep = (): void => {
    const now = performance.now();
    for (const [waiting, deadline] of this.entries) {
      if (deadline > now) return;
      this.entries.delete(waiting);
      waiting.late();
    }
    if (this.entries.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  };
}
