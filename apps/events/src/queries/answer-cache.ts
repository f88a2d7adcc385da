import type { MemberPrincipal } from '@atrium/contract-kit';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { sitesAsked } from './event-filter.js';
import { maxQuerySeconds } from './query-limits.js';
import { QueryTurns } from './query-turns.js';

interface Question {
  readonly principal: MemberPrincipal;
  readonly query: { readonly from: string; readonly to: string; readonly site_id?: string | undefined };
}

/**
 * Seconds that an answer stands. Events of a day ago hardly come any more; but erasure takes them away, and must show
 * soon, so that nothing stands for long.
 */
const standing = { past: 60, present: 1 } as const;
const late = 24 * 3_600_000;
/** Characters; larger answers are made anew. */
const largest = 262_144;

/** Answers questions again that were just answered, to the same organization for the same sites alone. */
@Injectable()
export class AnswerCache {
  private readonly underWay = new Map<string, Promise<unknown>>();
  private readonly turns = new QueryTurns({ running: 4, waiting: 32 });

  constructor(
    @Inject(SHARED_STATE) private readonly state: SharedState,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Who asks while the same is under way shares the answer. Throws NOT_FOUND for a site that isn't seen, RATE_LIMITED. */
  async answer<S extends z.ZodType>(name: string, schema: S, question: Question, work: () => Promise<z.output<S>>): Promise<z.output<S>> {
    const key = keyOf(name, question);
    const shared = this.underWay.get(key) as Promise<z.output<S>> | undefined;
    if (shared) return shared;
    const made = this.made(key, schema, question, work).finally(() => this.underWay.delete(key));
    this.underWay.set(key, made);
    return made;
  }

  private async made<S extends z.ZodType>(key: string, schema: S, { principal, query }: Question, work: () => Promise<z.output<S>>): Promise<z.output<S>> {
    const known = await this.state.cache.get(key, schema).catch((error: unknown) => this.failed(error));
    if (known !== undefined) return known;
    const answer = await this.turns.take(principal.orgId, work, maxQuerySeconds * 1_000);
    const seconds = Date.parse(query.to) < Date.now() - late ? standing.past : standing.present;
    if (JSON.stringify(answer).length <= largest) await this.state.cache.set(key, answer, seconds).catch((error: unknown) => this.failed(error));
    return answer;
  }

  /** Without the store every answer is made anew. */
  private failed(error: unknown): undefined {
    this.logger.warn({ err: error }, 'The cache of answers does not answer.');
    return undefined;
  }
}

/** The organization and the sites are of the token; times that are written differently are one question. */
function keyOf(name: string, { principal, query }: Question): string {
  const sites = sitesAsked(principal, query.site_id);
  const window = { from: Date.parse(query.from), to: Date.parse(query.to) };
  const asked = Object.entries({ ...query, ...window }).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(['events.answer', principal.orgId, sites === 'all' ? sites : [...sites].sort(), name, asked]);
}
