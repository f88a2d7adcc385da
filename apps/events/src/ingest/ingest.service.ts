import type { IngestAnswer } from '@atrium/contracts/events';
import { METRICS } from '@atrium/platform/context';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { CatalogJudge } from '../catalog/catalog-judge.js';
import { CatalogJudges } from '../catalog/catalog-judges.js';
import { EventPacker } from '../packs/event-packer.js';
import { QUARANTINE_PACKER } from '../packs/packers.js';
import type { Arrival } from './event-line.js';
import { answerOf, judgeEvents, requireSingleAccepted } from './judge-events.js';
import { type IngestRequestBody, parseBody } from './parse-body.js';

type ReadBody = (body: Buffer) => IngestRequestBody;

interface Taken {
  readonly answer: IngestAnswer;
  readonly stored: Promise<unknown>;
}

/** Takes events in: accepted means that the queue has them. */
@Injectable()
export class IngestService {
  private readonly accepted;
  private readonly rejected;
  private readonly violations;

  constructor(
    @Inject(EventPacker) private readonly packer: EventPacker,
    @Inject(QUARANTINE_PACKER) private readonly quarantine: EventPacker,
    @Inject(CatalogJudges) private readonly catalog: CatalogJudges,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.accepted = metrics.counter({ name: 'events_accepted_total', help: 'Events that the queue has taken.' });
    this.rejected = metrics.counter({ name: 'events_rejected_total', help: 'Events refused, by reason.', labels: ['code'] });
    this.violations = metrics.counter({ name: 'events_schema_violations_total', help: 'Events that their schema does not allow, by what their source makes of it.', labels: ['mode'] });
    metrics.gauge({
      name: 'events_waiting_characters',
      help: 'Characters of accepted events on their way to the queue.',
      collect: (gauge) => gauge.set(packer.waitingSize),
    });
  }

  /**
   * `read` is how a body of another API is read. Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE, and UPSTREAM_UNAVAILABLE when
   * the events may not be stored.
   */
  async ingest(body: Buffer, arrival: Arrival, read: ReadBody = parseBody): Promise<IngestAnswer> {
    const { answer, stored } = arrival.judging ? await this.takeJudged(read(body), arrival) : this.take(read(body), arrival);
    await stored;
    this.accepted.inc(answer.accepted);
    return answer;
  }

  /** Not async: that would keep all that was parsed on the heap until the queue answers, many times over under load. */
  private take(parsed: IngestRequestBody, arrival: Arrival, catalog?: CatalogJudge): Taken {
    const judgement = judgeEvents(parsed, arrival, catalog);
    for (const { code } of judgement.rejected) this.rejected.inc({ code });
    requireSingleAccepted(parsed, judgement);
    const stored = judgement.lines.length > 0 ? this.packer.add(judgement.lines) : Promise.resolve();
    const answer = answerOf(judgement);
    if (!catalog || catalog.quarantined.length === 0) return { answer, stored };
    this.violations.inc({ mode: catalog.mode }, catalog.quarantined.length);
    return { answer, stored: Promise.all([stored, this.quarantine.add(catalog.quarantined)]) };
  }

  private async takeJudged(parsed: IngestRequestBody, arrival: Arrival): Promise<Taken> {
    return this.take(parsed, arrival, await this.catalog.judgeFor(parsed.events, arrival));
  }
}
