import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { md5OfAttributes, md5OfText } from '../md5-of-attributes.js';
import { assertMessageAttributes, messageAttributesSchema, sizeOfAttributes } from '../message-attributes.js';
import { isAllowedText } from '../message-text.js';
import type { NewMessage } from '../message.repository.js';
import { integerAttribute, type Queue } from '../queue.js';
import { MAX_MESSAGE_BYTES } from '../queue-attributes.js';
import { batchRequestTooLong, invalidMessageContents, invalidParameter, missingParameter } from '../sqs-errors.js';
import { assertBatch, forEachEntry } from './batch.js';
import { defineOperation, getQueue, queueUrlField, type SqsContext } from './operation.js';

const entryFields = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.int().optional(),
  MessageAttributes: messageAttributesSchema.optional(),
  MessageSystemAttributes: messageAttributesSchema.optional(),
});
type Entry = z.infer<typeof entryFields>;

export const sendMessage = defineOperation(entryFields.extend({ QueueUrl: queueUrlField }), async (context, input) => {
  const queue = getQueue(context, input.QueueUrl);
  const message = newMessage(queue, input);
  await store(context, queue, [message]);
  return receiptOf(message);
});

export const sendMessageBatch = defineOperation(
  z.object({ QueueUrl: queueUrlField, Entries: z.array(entryFields.extend({ Id: z.string() })).default([]) }),
  async (context, { QueueUrl, Entries }) => {
    const queue = getQueue(context, QueueUrl);
    assertBatch(Entries);
    const size = Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (size > MAX_MESSAGE_BYTES) throw batchRequestTooLong(MAX_MESSAGE_BYTES, size);
    const { Successful, Failed } = await forEachEntry(Entries, (entry) => ({ Id: entry.Id, message: newMessage(queue, entry) }));
    const messages = Successful.map(({ message }) => message);
    if (messages.length > 0) await store(context, queue, messages);
    return { Successful: Successful.map(({ Id, message }) => ({ Id, ...receiptOf(message) })), Failed };
  },
);

async function store(context: SqsContext, queue: Queue, messages: readonly NewMessage[]): Promise<void> {
  await context.messages.insert(queue.id, messages);
  context.notifier.notify(queue.id, messages.length);
}

function newMessage(queue: Queue, entry: Entry): NewMessage {
  assertSendable(queue, entry);
  return {
    id: randomUUID(),
    body: entry.MessageBody,
    bodyMd5: md5OfText(entry.MessageBody),
    attributes: entry.MessageAttributes,
    systemAttributes: entry.MessageSystemAttributes,
    delaySeconds: entry.DelaySeconds ?? integerAttribute(queue, 'DelaySeconds'),
  };
}

function assertSendable(queue: Queue, entry: Entry): void {
  if (entry.MessageBody === '') throw missingParameter('MessageBody');
  const limit = integerAttribute(queue, 'MaximumMessageSize');
  if (sizeOf(entry) > limit) {
    throw invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  }
  if (!isAllowedText(entry.MessageBody)) throw invalidMessageContents();
  assertMessageAttributes(entry.MessageAttributes);
  assertSystemAttributes(entry);
  const { DelaySeconds = 0 } = entry;
  if (DelaySeconds < 0 || DelaySeconds > 900) {
    throw invalidParameter(
      `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
    );
  }
}

function assertSystemAttributes({ MessageSystemAttributes = {} }: Entry): void {
  for (const name of Object.keys(MessageSystemAttributes)) {
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name.slice(0, 100)}' is invalid.`);
  }
  assertMessageAttributes(MessageSystemAttributes);
}

/** Bytes of the body and the attributes. System attributes don't count. */
function sizeOf(entry: Entry): number {
  return Buffer.byteLength(entry.MessageBody) + sizeOfAttributes(entry.MessageAttributes);
}

function receiptOf(message: NewMessage): object {
  return {
    MessageId: message.id,
    MD5OfMessageBody: message.bodyMd5,
    MD5OfMessageAttributes: md5OfAttributes(message.attributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(message.systemAttributes),
  };
}
