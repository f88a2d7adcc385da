import type { IngestAnswer } from '@atrium/contracts/events';
import { METRICS } from '@atrium/platform/context';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { CatalogJudge } from '../catalog/catalog-judge.js';
import { CatalogJudges } from '../catalog/catalog-judges.js';
import type { Line } from '../packs/line-buffer.js';
import { PackLanes } from '../packs/pack-lanes.js';
import { QUARANTINE_LANES } from '../packs/quarantine-lanes.js';
import { IngestQuotas } from '../quotas/ingest-quotas.js';
import type { Arrival } from './event-line.js';
import { answerOf, judgeEvents, requireSingleAccepted } from './judge-events.js';
import { type IngestRequestBody, parseBody } from './parse-body.js';
import { readBody } from './plain-body.js';

type ReadBody = (body: Buffer) => IngestRequestBody;

interface Taken {
  readonly answer: IngestAnswer;
  readonly stored: Promise<void>;
}

/** Takes events in: accepted means that the queue has them. */
@Injectable()
export class IngestService {
  private readonly accepted;
  private readonly rejected;
  private readonly violations;

  constructor(
    @Inject(PackLanes) private readonly packs: PackLanes,
    @Inject(QUARANTINE_LANES) private readonly quarantine: PackLanes,
    @Inject(CatalogJudges) private readonly catalog: CatalogJudges,
    @Inject(IngestQuotas) private readonly quotas: IngestQuotas,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.accepted = metrics.counter({ name: 'events_accepted_total', help: 'Events that the queue has taken.' });
    this.rejected = metrics.counter({ name: 'events_rejected_total', help: 'Events refused, by reason.', labels: ['code'] });
    this.violations = metrics.counter({ name: 'events_schema_violations_total', help: 'Events that their schema does not allow, by what their source makes of it.', labels: ['mode'] });
    metrics.gauge({
      name: 'events_waiting_characters',
      help: 'Characters of accepted events on their way to the queue.',
      collect: (gauge) => gauge.set(packs.waitingSize),
    });
    metrics.gauge({
      name: 'events_packs_under_way',
      help: 'Packs that the queue has not acknowledged yet.',
      collect: (gauge) => gauge.set(packs.packsUnderWay),
    });
  }

  /**
   * `read` is how a body of another API is read. Rejects with VALIDATION_ERROR, PAYLOAD_TOO_LARGE, RATE_LIMITED beyond a
   * quota, and UPSTREAM_UNAVAILABLE when the events may not be stored. Not async: that would keep the body, and all that
   * was parsed, on the heap until the queue answers.
   */
  ingest(body: Buffer, arrival: Arrival, read: ReadBody = arrival.judging ? parseBody : readBody): Promise<IngestAnswer> {
    try {
      if (arrival.judging) return this.takeJudged(read(body), arrival).then((taken) => this.answer(taken));
      return this.answer(this.take(read(body), arrival));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private answer({ answer, stored }: Taken): Promise<IngestAnswer> {
    return stored.then(() => this.accept(answer));
  }

  private accept(answer: IngestAnswer): IngestAnswer {
    this.accepted.inc(answer.accepted);
    return answer;
  }

  private take(parsed: IngestRequestBody, arrival: Arrival, catalog?: CatalogJudge): Taken {
    const { orgId } = arrival;
    const judgement = judgeEvents(parsed, arrival, catalog);
    for (const { code } of judgement.rejected) {
      this.rejected.inc({ code });
      this.quotas.reject(orgId, code, 1);
    }
    requireSingleAccepted(parsed, judgement);
    const stored = this.store(orgId, judgement.lines, catalog?.quarantined ?? []);
    if (catalog) this.violations.inc({ mode: catalog.mode }, catalog.quarantined.length);
    return { answer: answerOf(judgement), stored };
  }

  private async takeJudged(parsed: IngestRequestBody, arrival: Arrival): Promise<Taken> {
    return this.take(parsed, arrival, await this.catalog.judgeFor(parsed.events, arrival));
  }

  /** What goes to the quarantine alone is no part of the quota. */
  private store(orgId: string, lines: readonly Line[], quarantined: readonly string[]): Promise<void> {
    const sent = (): Promise<void> => this.packs.add(orgId, lines);
    const kept = (): Promise<void> => this.quarantine.add(orgId, quarantined);
    if (lines.length === 0) return quarantined.length === 0 ? Promise.resolve() : kept();
    if (quarantined.length === 0) return this.quotas.within(orgId, lines.length, sent);
    return this.quotas.within(orgId, lines.length, () => Promise.all([sent(), kept()]).then(() => undefined));
  }
}
