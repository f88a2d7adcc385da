import { z } from 'zod';
import { decodeReceiptHandle } from '../receipt-handle.js';
import { assertBatch, forEachEntry } from './batch.js';
import { defineOperation, getQueue, queueUrlField } from './operation.js';

// A handle stays good after its visibility timeout, until the message is received again. An outdated one succeeds
// without deleting (DeleteMessage in the SQS API Reference); only text that never was a handle is refused.
export const deleteMessage = defineOperation(
  z.object({ QueueUrl: queueUrlField, ReceiptHandle: z.string() }),
  async (context, { QueueUrl, ReceiptHandle }) => {
    const queue = getQueue(context, QueueUrl);
    await context.messages.delete(queue.id, [decodeReceiptHandle(ReceiptHandle)]);
    return {};
  },
);

export const deleteMessageBatch = defineOperation(
  z.object({
    QueueUrl: queueUrlField,
    Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })).default([]),
  }),
  async (context, { QueueUrl, Entries }) => {
    const queue = getQueue(context, QueueUrl);
    assertBatch(Entries);
    const { Successful, Failed } = await forEachEntry(Entries, ({ Id, ReceiptHandle }) => ({
      Id,
      receipt: decodeReceiptHandle(ReceiptHandle),
    }));
    if (Successful.length > 0) {
      await context.messages.delete(
        queue.id,
        Successful.map(({ receipt }) => receipt),
      );
    }
    return { Successful: Successful.map(({ Id }) => ({ Id })), Failed };
  },
);
