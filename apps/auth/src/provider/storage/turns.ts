import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';

/**
 * One after the other inside a transaction: the library asks its storage several things at once, and a connection of
 * PostgreSQL answers one. Outside of {@link run} everything goes its own way.
 */
@Injectable()
export class Turns {
  private readonly line = new AsyncLocalStorage<{ last: Promise<unknown> }>();

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.line.run({ last: Promise.resolve() }, work);
  }

  /** Not to be nested: the inner one would wait for the outer. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const line = this.line.getStore();
    if (!line) return work();
    const turn = line.last.then(work, work);
    line.last = turn;
    return turn;
  }
}
