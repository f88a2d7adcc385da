import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DomainError } from '@atrium/platform/errors';
import type { PackMessage } from './pack-message.js';

/** Milliseconds for all of the SDK's attempts together; a client waits on it. */
const patience = 5_000;

/**
 * Sends one pack as one message; resolves only with SQS's acknowledgement. A batch call would not save anything: its
 * entries share the size limit of a single message. Attempts repeat the same `batch_id`, so that one whose answer was
 * lost has no second effect. `group` is the tenant by which SQS itself shares a standard queue fairly (fair queues).
 */
export async function sendPack(sqs: SQSClient, queueUrl: string, pack: PackMessage, group?: string): Promise<void> {
  try {
    const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(pack), MessageGroupId: group });
    await sqs.send(command, { abortSignal: AbortSignal.timeout(patience) });
  } catch (cause) {
    throw new DomainError('UPSTREAM_UNAVAILABLE', 'The events could not be stored. Send them again.', {
      detail: 'the ingest queue did not take a pack',
      cause,
      retryAfterSeconds: 2,
    });
  }
}
