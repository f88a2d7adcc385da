import type { SQSClient } from '@aws-sdk/client-sqs';
import type { MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { QUEUE_URL_OF, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { Analytics } from '../queries/analytics.js';
import type { IngestOutcome } from '../quotas/ledger-store.js';
import { type CountRow, UsageRepository } from '../quotas/usage.repository.js';
import { QuarantineCounts } from './quarantine-counts.js';
import { packQueues, queueDepth } from './queue-depths.js';
import { QueueProgress } from './queue-progress.js';

const storedRow = z.tuple([z.object({ stored: z.int(), lag_ms: z.int() })]);
/** What a catalog quarantines is told in the answer as a rejection, but kept. */
const keptInQuarantine = 'SCHEMA_VIOLATION';
const mostReasons = 20;

type Span = 'today' | 'last_hour';
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What became of an organization's events, and how the pipeline does. */
@Injectable()
export class EventStatsService {
  constructor(
    @Inject(Analytics) private readonly analytics: Analytics,
    @Inject(Database) private readonly database: Database,
    @Inject(UsageRepository) private readonly usages: UsageRepository,
    @Inject(QuarantineCounts) private readonly quarantine: QuarantineCounts,
    @Inject(QueueProgress) private readonly progress: QueueProgress,
    @Inject(SQS) private readonly sqs: SQSClient,
    @Inject(QUEUE_URL_OF) private readonly queueUrl: QueueUrlOf,
  ) {}

  async read({ orgId }: MemberPrincipal): Promise<OutputOf<typeof eventsEndpoints.eventStats>> {
    const [[{ stored, lag_ms }], counts, quarantined, queues] = await Promise.all([
      this.stored(orgId),
      this.database.inTenant(orgId, (tx) => this.usages.countsOf(tx)),
      available(this.quarantine.read(orgId)),
      available(this.queues()),
    ]);
    const ofSpan = (span: Span) => ({
      accepted: countOf(counts, 'accepted', span),
      rejected: countOf(counts, 'rejected', span),
      quarantined: sum(quarantined.map((row) => row[span])),
    });
    return {
      ...ofSpan('today'),
      stored,
      last_hour: ofSpan('last_hour'),
      rejected_by_code: Object.fromEntries(rejections(counts).filter(({ today }) => today > 0).map(({ code, today }) => [code, today])),
      quarantined_by_reason: Object.fromEntries(
        quarantined.filter(({ today }) => today > 0).slice(0, mostReasons).map(({ reason, today }) => [reason, today]),
      ),
      ...queues,
      lag_seconds: stored === 0 ? null : Math.max(0, lag_ms) / 1000,
    };
  }

  private async stored(orgId: string) {
    const query = `SELECT count() AS stored,
        toInt64(argMax(dateDiff('millisecond', received_at, inserted_at), received_at)) AS lag_ms FROM events`;
    return storedRow.parse(await this.analytics.rows({ orgId, query }));
  }

  private async queues(): Promise<{ readonly backlog: number; readonly oldest_message_seconds: number | null }> {
    const [received, ...depths] = await Promise.all([
      this.progress.read(),
      ...packQueues.map(async ({ name }) => ({ name, ...(await queueDepth(this.sqs, this.queueUrl(name))) })),
    ]);
    const waiting = depths.filter(({ visible }) => visible > 0);
    const ages = waiting.flatMap(({ name }) => {
      const until = received.get(name);
      return until === undefined ? [] : [Math.max(0, Date.now() - until) / 1_000];
    });
    const oldest = ages.length > 0 ? Math.max(...ages) : null;
    return { backlog: sum(depths.map(({ visible }) => visible)), oldest_message_seconds: waiting.length === 0 ? 0 : oldest };
  }
}

const rejections = (counts: readonly CountRow[]): CountRow[] =>
  counts.filter(({ outcome, code }) => outcome === 'rejected' && code !== keptInQuarantine);

const countOf = (counts: readonly CountRow[], outcome: IngestOutcome, span: Span): number => {
  const counted = outcome === 'rejected' ? rejections(counts) : counts.filter((row) => row.outcome === outcome);
  return sum(counted.map((row) => row[span]));
};

async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!isTransientFailure(cause)) throw cause;
    throw new DomainError('UPSTREAM_UNAVAILABLE', 'Statistics can’t be read right now.', { cause, retryAfterSeconds: 5 });
  }
}
