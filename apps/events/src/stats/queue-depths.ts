import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import type { QueueUrlOf } from '@atrium/platform/messaging';

/** Queues of packs; an event waits in one of them. */
export const packQueues = [queues.eventsIngest, queues.eventsBulk] as const;

export interface QueueDepth {
  /** Messages that wait, and such as are being handled. */
  readonly visible: number;
  readonly inFlight: number;
}

/** What SQS says, which may be a minute old. */
export async function queueDepth(sqs: SQSClient, QueueUrl: string): Promise<QueueDepth> {
  const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return {
    visible: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}

/** Messages in the dead-letter queue of a queue. */
export const deadLetterDepth = async (sqs: SQSClient, queueUrl: QueueUrlOf, queue: string): Promise<number> =>
  (await queueDepth(sqs, queueUrl(deadLetterQueueOf(queue)))).visible;
