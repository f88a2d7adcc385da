import { z } from 'zod';
import type { Queue } from '../queue.js';
import { assertSettable, COMPUTED, mergeAttributes, READABLE, type QueueAttributes } from '../queue-attributes.js';
import { invalidAttributeName } from '../sqs-errors.js';
import { arnOf, defineOperation, getQueue, queueUrlField, type SqsContext } from './operation.js';
import { assertRedrivePolicy } from './redrive-policy.js';

export const getQueueAttributes = defineOperation(
  z.object({ QueueUrl: queueUrlField, AttributeNames: z.array(z.string()).default([]) }),
  async (context, { QueueUrl, AttributeNames }) => {
    const queue = getQueue(context, QueueUrl);
    for (const name of AttributeNames) if (!READABLE.has(name)) throw invalidAttributeName(name);
    const wants = (name: string): boolean => AttributeNames.includes('All') || AttributeNames.includes(name);
    const computed = COMPUTED.some(wants) ? await computeAttributes(context, queue) : {};
    const chosen = Object.entries({ ...queue.attributes, ...computed }).filter(([name]) => wants(name));
    return { Attributes: chosen.length > 0 ? Object.fromEntries(chosen) : undefined };
  },
);

async function computeAttributes(context: SqsContext, queue: Queue): Promise<QueueAttributes> {
  const counts = await context.messages.count(queue.id);
  return {
    QueueArn: arnOf(context, queue),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: epochSeconds(queue.createdAt),
    LastModifiedTimestamp: epochSeconds(queue.modifiedAt),
  };
}

function epochSeconds(date: Date): string {
  return String(Math.floor(date.getTime() / 1000));
}

export const setQueueAttributes = defineOperation(
  z.object({ QueueUrl: queueUrlField, Attributes: z.record(z.string(), z.string()) }),
  async (context, { QueueUrl, Attributes }) => {
    const queue = getQueue(context, QueueUrl);
    assertSettable(Attributes);
    assertRedrivePolicy(context, Attributes);
    await context.queues.setAttributes(queue, mergeAttributes(queue.attributes, Attributes));
    return {};
  },
);
