import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queues } from '@atrium/contracts/queues';
import type { S3EventNotification } from '../s3/index.js';
import type { Credentials } from './credentials.js';
import { accountId, queuePrefix, region } from './service-environment.js';

/** How S3 tells of uploads; the queues must be there. */
export type NotifyUploads = (message: S3EventNotification) => Promise<void>;
export type UploadNotifier = NotifyUploads & { close(): void };

export function uploadNotifier(sqsPort: number, credentials: Credentials): UploadNotifier {
  const endpoint = `http://127.0.0.1:${sqsPort}`;
  const sqs = new SQSClient({ region, endpoint, credentials: credentials.aws });
  const QueueUrl = `${endpoint}/${accountId}/${queuePrefix}${queues.galleryUploads.name}`;
  const send = async (message: S3EventNotification): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
  };
  return Object.assign(send, { close: () => sqs.destroy() });
}
