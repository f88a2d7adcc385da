import type { IngestAnswer } from '@atrium/contracts/events';
import { METRICS } from '@atrium/platform/context';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { EventPacker } from '../packs/event-packer.js';
import type { Arrival } from './event-line.js';
import { answerOf, judgeEvents, requireSingleAccepted } from './judge-events.js';
import { type IngestRequestBody, parseBody } from './parse-body.js';

type ReadBody = (body: Buffer) => IngestRequestBody;

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

  /**
   * `read` is how a body of another API is read. Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE, and UPSTREAM_UNAVAILABLE when
   * the events may not be stored.
   */
  async ingest(body: Buffer, arrival: Arrival, read: ReadBody = parseBody): Promise<IngestAnswer> {
    const { answer, stored } = this.take(body, arrival, read);
    await stored;
    this.accepted.inc(answer.accepted);
    return answer;
  }

  /** Not async: that would keep all that was parsed on the heap until the queue answers, many times over under load. */
  private take(body: Buffer, arrival: Arrival, read: ReadBody): { readonly answer: IngestAnswer; readonly stored: Promise<void> } {
    const parsed = read(body);
    const judgement = judgeEvents(parsed, arrival);
    for (const { code } of judgement.rejected) this.rejected.inc({ code });
    requireSingleAccepted(parsed, judgement);
    const stored = judgement.lines.length > 0 ? this.packer.add(judgement.lines) : Promise.resolve();
    return { answer: answerOf(judgement), stored };
  }
}
