import type { SQSClient } from '@aws-sdk/client-sqs';
import { domainEventEnvelope } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { LOGGER, METRICS } from '@atrium/platform/context';
import { detailsOfZodError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { PoisonMessageError, QUEUE_URL_OF, QueueConsumer, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { AuditLogStore, type AuditMessage } from './audit-log.store.js';

const told = domainEventEnvelope.extend({
  type: z.literal(auditRecorded.type),
  version: z.literal(auditRecorded.version),
  data: auditRecorded.data,
});

function parseMessage(body: string): AuditMessage {
  const parsed = told.safeParse(JSON.parse(body));
  if (parsed.success) return { envelope: parsed.data, entry: parsed.data.data };
  const problems = detailsOfZodError(parsed.error).map(({ field, message }) => `${field} ${message}`);
  throw new PoisonMessageError(`not an entry of the audit log: ${problems.join('; ')}`);
}

/** Brings the audit log to ClickHouse, ten entries an insert, one insert at a time in each worker. */
@Injectable()
export class AuditLogConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: QueueConsumer<AuditMessage>;

  constructor(
    @Inject(SQS) sqs: SQSClient,
    @Inject(QUEUE_URL_OF) queueUrl: QueueUrlOf,
    @Inject(LOGGER) logger: Logger,
    @Inject(METRICS) metrics: Metrics,
    @Inject(AuditLogStore) store: AuditLogStore,
  ) {
    this.consumer = new QueueConsumer({
      queue: queues.eventsAudit,
      sqs,
      queueUrl,
      logger,
      metrics,
      parse: parseMessage,
      handler: {
        async handleBatch(messages) {
          await store.insert(messages.map(({ body }) => body));
          return messages.map(() => ({ kind: 'done' as const }));
        },
      },
      isTransient: isTransientFailure,
    });
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }
}
