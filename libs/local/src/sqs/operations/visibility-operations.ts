import { z } from 'zod';
import type { Queue } from '../queue.js';
import { decodeReceiptHandle } from '../receipt-handle.js';
import { invalidParameter, messageNotInflight, missingParameter } from '../sqs-errors.js';
import { assertBatch, forEachEntry } from './batch.js';
import { defineOperation, getQueue, queueUrlField, type SqsContext } from './operation.js';

const entryFields = z.object({ ReceiptHandle: z.string(), VisibilityTimeout: z.int().optional() });
type Entry = z.infer<typeof entryFields>;

export const changeMessageVisibility = defineOperation(
  entryFields.extend({ QueueUrl: queueUrlField }),
  async (context, input) => {
    await changeVisibility(context, getQueue(context, input.QueueUrl), input);
    return {};
  },
);

export const changeMessageVisibilityBatch = defineOperation(
  z.object({ QueueUrl: queueUrlField, Entries: z.array(entryFields.extend({ Id: z.string() })).default([]) }),
  async (context, { QueueUrl, Entries }) => {
    const queue = getQueue(context, QueueUrl);
    assertBatch(Entries);
    return forEachEntry(Entries, async (entry) => {
      await changeVisibility(context, queue, entry);
      return { Id: entry.Id };
    });
  },
);

async function changeVisibility(context: SqsContext, queue: Queue, { ReceiptHandle, VisibilityTimeout }: Entry): Promise<void> {
  if (VisibilityTimeout === undefined) throw missingParameter('VisibilityTimeout');
  if (VisibilityTimeout < 0 || VisibilityTimeout > 43_200) {
    throw invalidParameter(`Value ${VisibilityTimeout} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.`);
  }
  const outcome = await context.messages.changeVisibility(queue.id, decodeReceiptHandle(ReceiptHandle), VisibilityTimeout);
  if (outcome === 'visible') throw messageNotInflight();
  if (outcome === 'unknown') {
    throw invalidParameter(
      'Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.',
    );
  }
  // A long poll may be asleep until the old timeout.
  context.notifier.notify(queue.id, 1);
}
