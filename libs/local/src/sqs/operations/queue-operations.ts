import { z } from 'zod';
import type { Queue } from '../queue.js';
import { assertSettable, DEFAULT_ATTRIBUTES, fifoUnsupported, mergeAttributes, type QueueAttributes } from '../queue-attributes.js';
import { invalidParameter, queueDoesNotExist, queueNameExists } from '../sqs-errors.js';
import { defineOperation, getQueue, queueUrlField, urlOf } from './operation.js';
import { assertRedrivePolicy, isSameAttribute } from './redrive-policy.js';

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

export const createQueue = defineOperation(
  z.object({ QueueName: z.string(), Attributes: z.record(z.string(), z.string()).default({}) }),
  async (context, { QueueName, Attributes }) => {
    if (QueueName.endsWith('.fifo')) throw fifoUnsupported();
    if (!NAME.test(QueueName)) {
      throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.');
    }
    assertSettable(Attributes);
    assertRedrivePolicy(context, Attributes);
    const existing =
      context.queues.find(QueueName) ??
      (await context.queues.create(QueueName, mergeAttributes(DEFAULT_ATTRIBUTES, Attributes))) ??
      context.queues.find(QueueName);
    if (existing === undefined) throw queueDoesNotExist();
    assertSameAttributes(existing, Attributes);
    return { QueueUrl: urlOf(context, existing) };
  },
);

/** Only the attributes that the caller names are compared, as in SQS. */
function assertSameAttributes(existing: Queue, attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!isSameAttribute(name, existing.attributes[name] ?? '', value)) throw queueNameExists(name);
  }
}

export const getQueueUrl = defineOperation(
  z.object({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().optional() }),
  async (context, { QueueName, QueueOwnerAWSAccountId = context.accountId }) => {
    const queue = QueueOwnerAWSAccountId === context.accountId ? context.queues.find(QueueName) : undefined;
    if (queue === undefined) throw queueDoesNotExist();
    return { QueueUrl: urlOf(context, queue) };
  },
);

export const listQueues = defineOperation(
  z.object({
    QueueNamePrefix: z.string().default(''),
    MaxResults: z.int().min(1).max(1000).optional(),
    NextToken: z.string().default(''),
  }),
  async (context, { QueueNamePrefix, MaxResults = 1000, NextToken }) => {
    const after = Buffer.from(NextToken, 'base64url').toString();
    const matching = context.queues.list().filter(({ name }) => name.startsWith(QueueNamePrefix) && name > after);
    const page = matching.slice(0, MaxResults);
    const last = matching.length > page.length ? page.at(-1) : undefined;
    return {
      QueueUrls: page.length > 0 ? page.map((queue) => urlOf(context, queue)) : undefined,
      NextToken: last && Buffer.from(last.name).toString('base64url'),
    };
  },
);

export const deleteQueue = defineOperation(z.object({ QueueUrl: queueUrlField }), async (context, { QueueUrl }) => {
  await context.queues.delete(getQueue(context, QueueUrl));
  return {};
});

/** Takes effect at once, so SQS's `PurgeQueueInProgress` never arises. */
export const purgeQueue = defineOperation(z.object({ QueueUrl: queueUrlField }), async (context, { QueueUrl }) => {
  await context.messages.purge(getQueue(context, QueueUrl).id);
  return {};
});
