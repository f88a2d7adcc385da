import { Database } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EventSettingsRepository } from './event-settings.repository.js';

/** Dependency-injection token of the days that the platform keeps events at most, and where nobody chose. */
export const RETENTION_DAYS = Symbol('RetentionDays');

/** How long an old choice may still hold elsewhere, in milliseconds. */
const freshFor = 10_000;
const maxOrganizations = 50_000;

/** Days that an organization keeps events, from memory where it was asked within seconds. */
@Injectable()
export class RetentionDirectory {
  private readonly known = new LRUCache<string, number>({ max: maxOrganizations, ttl: freshFor });
  private readonly asking = new Map<string, Promise<number>>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EventSettingsRepository) private readonly settings: EventSettingsRepository,
    @Inject(RETENTION_DAYS) private readonly most: number,
  ) {}

  /** Not a promise where it is known: it is asked for with every request that brings events. */
  daysOf(orgId: string): number | Promise<number> {
    return this.known.get(orgId) ?? this.ask(orgId);
  }

  /** After a change in this process. */
  forget(orgId: string): void {
    this.known.delete(orgId);
    this.asking.delete(orgId);
  }

  /** Concurrent requests of one organization share a look-up. */
  private ask(orgId: string): Promise<number> {
    const running = this.asking.get(orgId);
    if (running) return running;
    const asked = this.database
      .inTenant(orgId, (tx) => this.settings.find(tx))
      .then((row) => {
        const days = Math.min(row?.retention_days ?? this.most, this.most);
        // Not when it was changed meanwhile: the answer may be the old one.
        if (this.asking.get(orgId) === asked) this.known.set(orgId, days);
        return days;
      })
      .finally(() => {
        if (this.asking.get(orgId) === asked) this.asking.delete(orgId);
      });
    this.asking.set(orgId, asked);
    return asked;
  }
}
