/** Wakes one waiter early. A wake while nobody waits is kept for the next wait, so that none is lost. */
export class WakeSignal {
  private pending = false;
  private release: (() => void) | undefined;

  readonly wake = (): void => {
    this.pending = true;
    this.release?.();
  };

  /** Resolves after `ms`, or at once when woken. */
  async wait(ms: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.release = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.release = undefined;
    }
    this.pending = false;
  }
}
