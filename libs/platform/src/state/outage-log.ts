import { Logger } from '@nestjs/common';

/** Reports a store's outage once when it begins and once when it ends, however many calls fail in between. */
export class OutageLog {
  private readonly logger = new Logger('SharedState');
  private down = false;

  constructor(private readonly part: string) {}

  get isDown(): boolean {
    return this.down;
  }

  failed(error: unknown): void {
    if (this.down) return;
    this.down = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ event: 'state_store_down', part: this.part, reason });
  }

  worked(): void {
    if (!this.down) return;
    this.down = false;
    this.logger.log({ event: 'state_store_up', part: this.part });
  }
}
