import { z } from 'zod';
import type { MoveTask } from '../move-task.repository.js';
import { redrivePolicyOf, type Queue } from '../queue.js';
import { invalidParameter, resourceNotFound, unsupportedOperation } from '../sqs-errors.js';
import { arnOf, defineOperation, findQueueByArn, getQueue, queueUrlField, urlOf, type SqsContext } from './operation.js';

function sourcesOf(context: SqsContext, deadLetterArn: string): Queue[] {
  return context.queues.list().filter((queue) => redrivePolicyOf(queue)?.deadLetterTargetArn === deadLetterArn);
}

export const listDeadLetterSourceQueues = defineOperation(
  z.object({ QueueUrl: queueUrlField, MaxResults: z.int().min(1).max(1000).optional(), NextToken: z.string().optional() }),
  async (context, { QueueUrl, MaxResults = 1000 }) => {
    const sources = sourcesOf(context, arnOf(context, getQueue(context, QueueUrl)));
    // The model spells this member in lower case.
    return { queueUrls: sources.slice(0, MaxResults).map((queue) => urlOf(context, queue)) };
  },
);

function getQueueByArn(context: SqsContext, arn: string): Queue {
  const queue = findQueueByArn(context, arn);
  if (queue === undefined) {
    throw resourceNotFound('The resource that you specified for the SourceArn or DestinationArn parameter does not exist.');
  }
  return queue;
}

/** Moves before it answers, so a task is complete as soon as it is listed; the rate limit is recorded and not needed. */
export const startMessageMoveTask = defineOperation(
  z.object({
    SourceArn: z.string(),
    DestinationArn: z.string().optional(),
    MaxNumberOfMessagesPerSecond: z.int().min(1).max(500).optional(),
  }),
  async (context, { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }) => {
    const source = getQueueByArn(context, SourceArn);
    if (sourcesOf(context, SourceArn).length === 0) throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    if (DestinationArn === SourceArn) throw invalidParameter('Source queue and destination queue must be different.');
    const moved = DestinationArn === undefined ? await moveToOrigins(context, source) : await moveTo(context, source, DestinationArn);
    const TaskHandle = await context.moveTasks.record({
      sourceArn: SourceArn,
      destinationArn: DestinationArn ?? null,
      maxPerSecond: MaxNumberOfMessagesPerSecond ?? null,
      moved,
    });
    return { TaskHandle };
  },
);

async function moveToOrigins(context: SqsContext, source: Queue): Promise<number> {
  const queues = context.queues.list();
  const moved = await context.moveTasks.moveToOrigin(source, new Map(queues.map((queue) => [arnOf(context, queue), queue.id])));
  for (const queue of queues) context.notifier.notify(queue.id, moved);
  return moved;
}

async function moveTo(context: SqsContext, source: Queue, destinationArn: string): Promise<number> {
  const destination = getQueueByArn(context, destinationArn);
  const moved = await context.moveTasks.moveTo(source, destination);
  context.notifier.notify(destination.id, moved);
  return moved;
}

export const listMessageMoveTasks = defineOperation(
  z.object({ SourceArn: z.string(), MaxResults: z.int().min(1).max(10).default(1) }),
  async (context, { SourceArn, MaxResults }) => {
    getQueueByArn(context, SourceArn);
    const tasks = await context.moveTasks.list(SourceArn, MaxResults);
    return { Results: tasks.map(presentTask) };
  },
);

function presentTask(task: MoveTask): object {
  return {
    Status: 'COMPLETED',
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn ?? undefined,
    MaxNumberOfMessagesPerSecond: task.maxPerSecond ?? undefined,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.moved,
    StartedTimestamp: task.startedAt.getTime(),
  };
}

export const cancelMessageMoveTask = defineOperation(z.object({ TaskHandle: z.string() }), async () => {
  throw unsupportedOperation('A message move task completes at once here, so there is none to cancel.');
});
