import type { SQSClient } from '@aws-sdk/client-sqs';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { LOGGER, METRICS } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { DomainEventConsumer, QUEUE_URL_OF, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditLogIntake } from './audit-log.intake.js';

/** Takes the audit log's entries off their queue. */
@Injectable()
export class AuditLogConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: DomainEventConsumer;

  constructor(
    database: Database,
    intake: AuditLogIntake,
    @Inject(SQS) sqs: SQSClient,
    @Inject(QUEUE_URL_OF) queueUrl: QueueUrlOf,
    @Inject(LOGGER) logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    const options = { database, schema: 'users', queue: queues.usersAudit, sqs, queueUrl, logger, metrics };
    this.consumer = new DomainEventConsumer(options).on(auditRecorded, (_tx, entry, envelope) => intake.keep(entry, envelope));
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }
}
