import type { IngestAnswer } from '@atrium/contracts/events';
import { METRICS } from '@atrium/platform/context';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { EventPacker } from '../packs/event-packer.js';
import type { Arrival } from './event-line.js';
import { answerOf, judgeEvents, requireSingleAccepted } from './judge-events.js';
import { parseBody } from './parse-body.js';

/** Takes events in: accepted means that the queue has them. */
@Injectable()
export class IngestService {
  private readonly accepted;
  private readonly rejected;

  constructor(
    @Inject(EventPacker) private readonly packer: EventPacker,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.accepted = metrics.counter({ name: 'events_accepted_total', help: 'Events that the queue has taken.' });
    this.rejected = metrics.counter({ name: 'events_rejected_total', help: 'Events refused, by reason.', labels: ['code'] });
    metrics.gauge({
      name: 'events_waiting_characters',
      help: 'Characters of accepted events on their way to the queue.',
      collect: (gauge) => gauge.set(packer.waitingSize),
    });
  }

  /** Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE, and UPSTREAM_UNAVAILABLE when the events may not be stored. */
  async ingest(body: Buffer, arrival: Arrival): Promise<IngestAnswer> {
    const parsed = parseBody(body);
    const judgement = judgeEvents(parsed, arrival);
    for (const { code } of judgement.rejected) this.rejected.inc({ code });
    requireSingleAccepted(parsed, judgement);
    if (judgement.lines.length > 0) await this.packer.add(judgement.lines);
    this.accepted.inc(judgement.lines.length);
    return answerOf(judgement);
  }
}
