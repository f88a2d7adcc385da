import { z } from 'zod';
import type { MessageNotifier } from '../message-notifier.js';
import type { MessageRepository } from '../message.repository.js';
import type { MoveTaskRepository } from '../move-task.repository.js';
import type { Queue } from '../queue.js';
import type { QueueRepository } from '../queue.repository.js';
import { invalidParameter, missingParameter, queueDoesNotExist, type SqsError } from '../sqs-errors.js';

export interface SqsContext {
  queues: QueueRepository;
  messages: MessageRepository;
  moveTasks: MoveTaskRepository;
  notifier: MessageNotifier;
  region: string;
  accountId: string;
  /** Set once the server listens; queue URLs start with it. */
  endpoint: string;
}

/** Takes a request's parsed JSON, gives the response's. `signal` aborts when the caller has gone. */
export type Operation = (context: SqsContext, body: unknown, signal: AbortSignal) => Promise<object>;

export function defineOperation<S extends z.ZodType>(
  schema: S,
  handle: (context: SqsContext, input: z.output<S>, signal: AbortSignal) => Promise<object>,
): Operation {
  return async (context, body, signal) => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw parameterError(parsed.error, body);
    return handle(context, parsed.data, signal);
  };
}

function parameterError(error: z.ZodError, body: unknown): SqsError {
  const [issue] = error.issues;
  if (issue === undefined) return invalidParameter('The request is invalid.');
  const name = issue.path.map(String).join('.');
  const value = issue.path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), body);
  if (value === undefined) return missingParameter(name);
  const shown = typeof value === 'number' ? `Value ${value}` : 'Value';
  return invalidParameter(`${shown} for parameter ${name} is invalid. Reason: ${issue.message}.`);
}

export const queueUrlField = z.string().min(1);

/** Only the path of a queue's URL counts, so that localhost and 127.0.0.1 name the same queue. */
export function getQueue(context: SqsContext, queueUrl: string): Queue {
  const [account, name] = (URL.canParse(queueUrl) ? new URL(queueUrl).pathname : queueUrl).split('/').slice(-2);
  const queue = account === context.accountId && name !== undefined ? context.queues.find(name) : undefined;
  if (queue === undefined) throw queueDoesNotExist();
  return queue;
}

export function urlOf(context: SqsContext, queue: Queue): string {
  return `${context.endpoint}/${context.accountId}/${queue.name}`;
}

export function arnOf(context: SqsContext, queue: Queue): string {
  return `arn:aws:sqs:${context.region}:${context.accountId}:${queue.name}`;
}

export function findQueueByArn(context: SqsContext, arn: string): Queue | undefined {
  const name = arn.split(':').at(-1) ?? '';
  const queue = context.queues.find(name);
  return queue !== undefined && arnOf(context, queue) === arn ? queue : undefined;
}
