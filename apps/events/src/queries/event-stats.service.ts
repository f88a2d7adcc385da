import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { QUEUE_URL_OF, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from './analytics.js';

const storedRow = z.tuple([z.object({ stored: z.int(), lag_ms: z.int() })]);

/** How the pipeline does. */
@Injectable()
export class EventStatsService {
  constructor(
    @Inject(Analytics) private readonly analytics: Analytics,
    @Inject(SQS) private readonly sqs: SQSClient,
    @Inject(QUEUE_URL_OF) private readonly queueUrl: QueueUrlOf,
  ) {}

  async read({ orgId }: MemberPrincipal): Promise<OutputOf<typeof eventsEndpoints.eventStats>> {
    const [[{ stored, lag_ms }], backlog] = await Promise.all([this.stored(orgId), this.backlog()]);
    return { stored, backlog, lag_seconds: stored === 0 ? null : Math.max(0, lag_ms) / 1000 };
  }

  private async stored(orgId: string) {
    const query = `SELECT count() AS stored,
        toInt64(argMax(dateDiff('millisecond', received_at, inserted_at), received_at)) AS lag_ms FROM events`;
    return storedRow.parse(await this.analytics.rows({ orgId, query }));
  }

  private async backlog(): Promise<number> {
    const QueueUrl = this.queueUrl(queues.eventsIngest.name);
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }
}
