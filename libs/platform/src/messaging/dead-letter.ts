import { type Message, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import type { QueueUrlOf } from './queue-names.js';

/** SQS refuses more; the reason's head says what is wrong. */
const maxReasonLength = 500;

// What SQS takes in a string attribute: the characters of XML 1.0.
const refusedCharacters = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g;

/**
 * Copies the message to the queue's dead-letter queue, with why and where it comes from. The caller deletes the original
 * only after this has resolved.
 */
export async function deadLetter(
  sqs: SQSClient,
  queueUrl: QueueUrlOf,
  queue: string,
  message: Message,
  reason: string,
): Promise<void> {
  const text = reason.slice(0, maxReasonLength).replace(refusedCharacters, '?') || 'no reason given';
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(deadLetterQueueOf(queue)),
      MessageBody: message.Body,
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: text },
        source_queue: { DataType: 'String', StringValue: queue },
      },
    }),
  );
}
