import { Database } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type SourceOrigin, SourceRepository } from './source.repository.js';
import { isWriteKey } from './write-key.js';

/** How long a rotated or disabled key may still work elsewhere, in milliseconds. */
const freshFor = 4_000;
const maxKeys = 50_000;

const unknown = Symbol('unknown');

/** What write keys stand for, from memory where it was asked within seconds. Unknown keys are remembered too. */
@Injectable()
export class WriteKeyDirectory {
  private readonly held = new LRUCache<string, SourceOrigin | typeof unknown>({ max: maxKeys, ttl: freshFor });
  private readonly asking = new Map<string, Promise<SourceOrigin | undefined>>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SourceRepository) private readonly sources: SourceRepository,
  ) {}

  /** Undefined for keys that don't work: unknown, rotated away, disabled, deleted, or of a deleted site. */
  find(writeKey: string): SourceOrigin | undefined | Promise<SourceOrigin | undefined> {
    if (!isWriteKey(writeKey)) return undefined;
    const held = this.held.get(writeKey);
    if (held !== undefined) return held === unknown ? undefined : held;
    return this.ask(writeKey);
  }

  /** What {@link find} gives at once; undefined, too, for a key that has to be asked for. */
  known(writeKey: string): SourceOrigin | undefined {
    const held = this.held.get(writeKey);
    return held === unknown ? undefined : held;
  }

  /** After a change in this process. */
  forget(writeKey: string): void {
    this.held.delete(writeKey);
    this.asking.delete(writeKey);
  }

  /** Concurrent requests with one key share a look-up. */
  private ask(writeKey: string): Promise<SourceOrigin | undefined> {
    const running = this.asking.get(writeKey);
    if (running) return running;
    const asked = this.database
      .withoutTenant((tx) => this.sources.findByWriteKey(tx, writeKey))
      .then((origin) => {
        // Not when the key was changed meanwhile: the answer may be the old one.
        if (this.asking.get(writeKey) === asked) this.held.set(writeKey, origin ?? unknown);
        return origin;
      })
      .finally(() => {
        if (this.asking.get(writeKey) === asked) this.asking.delete(writeKey);
      });
    this.asking.set(writeKey, asked);
    return asked;
  }
}
