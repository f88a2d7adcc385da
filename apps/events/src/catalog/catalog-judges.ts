import { Inject, Injectable } from '@nestjs/common';
import type { Arrival } from '../ingest/event-line.js';
import { isRecord } from '../ingest/event-problem.js';
import { CatalogDirectory } from './catalog-directory.js';
import { CatalogJudge } from './catalog-judge.js';

/** The names that events give themselves, whatever else is wrong with them. */
const namesIn = (events: readonly unknown[]): Set<string> =>
  new Set(events.map((event) => (isRecord(event) ? event['event'] : undefined)).filter((name) => typeof name === 'string'));

/** Makes a judge for each request: it has the schemas at hand that the request's events need. */
@Injectable()
export class CatalogJudges {
  constructor(@Inject(CatalogDirectory) private readonly directory: CatalogDirectory) {}

  /** Undefined where the source doesn't judge. */
  async judgeFor(events: readonly unknown[], arrival: Arrival): Promise<CatalogJudge | undefined> {
    if (!arrival.judging) return undefined;
    return new CatalogJudge(arrival.judging, await this.directory.entries(arrival.orgId, namesIn(events)), arrival);
  }
}
