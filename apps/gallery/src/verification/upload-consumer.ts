import type { SQSClient } from '@aws-sdk/client-sqs';
import { queues } from '@atrium/contracts/queues';
import { LOGGER, METRICS, runInContext } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { QUEUE_URL_OF, QueueConsumer, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScannerUnavailableError } from '../scanning/file-scanner.js';
import { isStorageUnavailable } from '../storage/s3-failure.js';
import { type UploadNotice, parseUploadMessage } from './upload-message.js';
import { VerificationService } from './verification.service.js';

/** Dependency-injection token of the quarantine bucket's name. */
export const QUARANTINE_BUCKET = Symbol('QuarantineBucket');

/** Hears of uploads, from S3 and from the API alike, and has them verified. */
@Injectable()
export class UploadConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: QueueConsumer<UploadNotice[]>;

  constructor(
    @Inject(SQS) sqs: SQSClient,
    @Inject(QUEUE_URL_OF) queueUrl: QueueUrlOf,
    @Inject(LOGGER) logger: Logger,
    @Inject(METRICS) metrics: Metrics,
    @Inject(QUARANTINE_BUCKET) bucket: string,
    private readonly verification: VerificationService,
  ) {
    this.consumer = new QueueConsumer({
      queue: queues.galleryUploads,
      sqs,
      queueUrl,
      logger,
      metrics,
      parse: (body) => parseUploadMessage(body, bucket),
      // PostgreSQL's outages are known to it as well.
      isTransient: (error) => isStorageUnavailable(error) || error instanceof ScannerUnavailableError,
      handler: { handle: ({ id, body }) => runInContext({ requestId: id }, () => this.verifyAll(body)) },
    });
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }

  private async verifyAll(notices: readonly UploadNotice[]): Promise<void> {
    for (const notice of notices) await this.verification.verify(notice);
  }
}
