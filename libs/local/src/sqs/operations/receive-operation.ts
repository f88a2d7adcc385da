import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { md5OfAttributes } from '../md5-of-attributes.js';
import { selectAttributes } from '../message-attributes.js';
import type { ReceivedMessage, ReceiveRequest } from '../message.repository.js';
import { integerAttribute, redrivePolicyOf, type Queue } from '../queue.js';
import { encodeReceiptHandle } from '../receipt-handle.js';
import { arnOf, defineOperation, findQueueByArn, getQueue, queueUrlField, type SqsContext } from './operation.js';

// A long poll looks again at least this often, whatever it was told.
const MAX_SLEEP_MS = 5000;

export const receiveMessage = defineOperation(
  z.object({
    QueueUrl: queueUrlField,
    MaxNumberOfMessages: z.int().min(1, 'Must be between 1 and 10').max(10, 'Must be between 1 and 10').default(1),
    VisibilityTimeout: z.int().min(0, 'Must be between 0 and 43200').max(43_200, 'Must be between 0 and 43200').optional(),
    WaitTimeSeconds: z.int().min(0, 'Must be between 0 and 20').max(20, 'Must be between 0 and 20').optional(),
    AttributeNames: z.array(z.string()).default([]),
    MessageSystemAttributeNames: z.array(z.string()).default([]),
    MessageAttributeNames: z.array(z.string()).default([]),
  }),
  async (context, input, signal) => {
    const queue = getQueue(context, input.QueueUrl);
    const request: ReceiveRequest = {
      queueId: queue.id,
      limit: input.MaxNumberOfMessages,
      visibilityTimeoutSeconds: input.VisibilityTimeout ?? integerAttribute(queue, 'VisibilityTimeout'),
      deadLetter: deadLetterOf(context, queue),
    };
    const waitMs = (input.WaitTimeSeconds ?? integerAttribute(queue, 'ReceiveMessageWaitTimeSeconds')) * 1000;
    const received = await longPoll(context, request, waitMs, signal);
    const systemNames = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
    const messages = received.map((message) => present(message, context.accountId, systemNames, input.MessageAttributeNames));
    return { Messages: messages.length > 0 ? messages : undefined };
  },
);

function deadLetterOf(context: SqsContext, queue: Queue): ReceiveRequest['deadLetter'] {
  const policy = redrivePolicyOf(queue);
  const target = policy && findQueueByArn(context, policy.deadLetterTargetArn);
  return target && { queueId: target.id, sourceArn: arnOf(context, queue), maxReceiveCount: policy.maxReceiveCount };
}

async function longPoll(context: SqsContext, request: ReceiveRequest, waitMs: number, signal: AbortSignal): Promise<ReceivedMessage[]> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const version = context.notifier.version(request.queueId);
    const { messages, anyMoved } = await receiveOnce(context, request, signal);
    // A caller who has left meanwhile is noticed by then: what is answered now would be hidden from everybody.
    if (messages.length > 0) await setImmediate();
    if (signal.aborted) return leave(context, request.queueId, messages);
    if (messages.length > 0) return messages;
    if (anyMoved) continue;
    const remaining = deadline - performance.now();
    if (remaining <= 0 || context.notifier.isClosed) return [];
    const untilVisible = await context.messages.millisecondsToNextVisible(request.queueId);
    const sleep = Math.min(remaining, MAX_SLEEP_MS, Math.max(1, untilVisible ?? MAX_SLEEP_MS));
    await context.notifier.wait(request.queueId, version, sleep, signal);
    // Nobody is left to take a message; receiving now would only hide it.
    if (signal.aborted) return [];
  }
}

/** What was received while the caller went is for another, and so is the notice that woke this poll. */
async function leave(context: SqsContext, queueId: number, messages: readonly ReceivedMessage[]): Promise<[]> {
  await Promise.all(messages.map((message) => context.messages.changeVisibility(queueId, message, 0)));
  context.notifier.notify(queueId, Math.max(1, messages.length));
  return [];
}

async function receiveOnce(context: SqsContext, request: ReceiveRequest, signal: AbortSignal): Promise<{ messages: ReceivedMessage[]; anyMoved: boolean }> {
  const rows = await context.messages.receive(request, signal);
  const messages = rows.filter(({ queueId }) => queueId === request.queueId);
  const moved = rows.length - messages.length;
  if (moved > 0 && request.deadLetter) context.notifier.notify(request.deadLetter.queueId, moved);
  return { messages, anyMoved: moved > 0 };
}

function present(message: ReceivedMessage, senderId: string, systemNames: readonly string[], attributeNames: readonly string[]): object {
  const attributes = selectAttributes(message.attributes ?? undefined, attributeNames);
  return {
    MessageId: message.id,
    ReceiptHandle: encodeReceiptHandle(message),
    MD5OfBody: message.bodyMd5,
    Body: message.body,
    Attributes: systemAttributes(message, senderId, systemNames),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
}

function systemAttributes(message: ReceivedMessage, senderId: string, names: readonly string[]): object | undefined {
  if (names.length === 0) return undefined;
  const all = {
    SenderId: senderId,
    SentTimestamp: String(message.sentAt.getTime()),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt.getTime()),
    AWSTraceHeader: message.systemAttributes?.['AWSTraceHeader']?.StringValue,
    DeadLetterQueueSourceArn: message.sourceQueueArn ?? undefined,
  };
  const chosen = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (names.includes('All') || names.includes(name)),
  );
  return chosen.length > 0 ? Object.fromEntries(chosen) : undefined;
}
