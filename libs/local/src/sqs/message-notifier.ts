/**
 * Wakes long polls when messages become visible. A poll reads `version` before it looks at the table and hands it to
 * `wait`: what arrived between the two ends the wait at once, so no wake-up is lost.
 */
export class MessageNotifier {
  private readonly versions = new Map<number, number>();
  private readonly waiting = new Map<number, Set<() => void>>();
  private closed = false;

  get isClosed(): boolean {
    return this.closed;
  }

  version(queueId: number): number {
    return this.versions.get(queueId) ?? 0;
  }

  /** Wakes at most `count` polls, the longest waiting first: more would only find an empty queue. */
  notify(queueId: number, count: number): void {
    this.versions.set(queueId, this.version(queueId) + 1);
    for (const wake of [...(this.waiting.get(queueId) ?? [])].slice(0, count)) wake();
  }

  /** Resolves on a notification newer than `version`, after `timeoutMs`, on abort or on close. */
  async wait(queueId: number, version: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.closed || signal.aborted || this.version(queueId) !== version) return;
    const waiters = this.waiting.get(queueId) ?? new Set();
    this.waiting.set(queueId, waiters);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        // Leaves the set at once, so that two sends in a row wake two polls.
        waiters.delete(wake);
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  close(): void {
    this.closed = true;
    for (const waiters of this.waiting.values()) for (const wake of [...waiters]) wake();
  }
}
