import { createHash, timingSafeEqual } from 'node:crypto';
import { Database } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type AnalystAccount, AnalystRepository } from './analyst.repository.js';

/** How long a deleted account or an old password may still work elsewhere, in milliseconds. */
const freshFor = 4_000;
const usernameShape = /^analyst_[a-z0-9]{20}$/;
const unknown = Symbol('unknown');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Who signs in, from memory where it was asked within seconds; and the queries of each that run here. */
@Injectable()
export class AnalystDirectory {
  private readonly known = new LRUCache<string, AnalystAccount | typeof unknown>({ max: 10_000, ttl: freshFor });
  private readonly running = new Map<string, Set<AbortController>>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(AnalystRepository) private readonly analysts: AnalystRepository,
  ) {}

  /** Undefined for a name or password that isn't right. */
  async signIn(username: string, password: string): Promise<AnalystAccount | undefined> {
    if (!usernameShape.test(username)) return undefined;
    let account = this.known.get(username);
    if (account === undefined) {
      account = (await this.database.withoutTenant((tx) => this.analysts.find(tx, username))) ?? unknown;
      this.known.set(username, account);
    }
    if (account === unknown) return undefined;
    const right = timingSafeEqual(Buffer.from(sha256(password)), Buffer.from(account.password_sha256));
    return right ? account : undefined;
  }

  /** A signal that ends the query when the account ends, and what to call when the query is over. */
  begin(username: string): { readonly aborter: AbortController; readonly end: () => void } {
    const aborter = new AbortController();
    const queries = this.running.get(username) ?? new Set();
    this.running.set(username, queries.add(aborter));
    const end = () => {
      queries.delete(aborter);
      if (queries.size === 0 && this.running.get(username) === queries) this.running.delete(username);
    };
    return { aborter, end };
  }

  /** After a change in this process: nothing of before goes on. */
  forget(username: string): void {
    this.known.delete(username);
    for (const aborter of this.running.get(username) ?? []) aborter.abort();
  }
}
