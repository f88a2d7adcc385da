import { z } from 'zod';
import type { QueueAttributes } from './queue-attributes.js';

export interface Queue {
  id: number;
  name: string;
  attributes: QueueAttributes;
  createdAt: Date;
  modifiedAt: Date;
}

type IntegerAttribute =
  | 'VisibilityTimeout'
  | 'MessageRetentionPeriod'
  | 'ReceiveMessageWaitTimeSeconds'
  | 'DelaySeconds'
  | 'MaximumMessageSize';

/** Seconds, or bytes for `MaximumMessageSize`. */
export function integerAttribute(queue: Queue, name: IntegerAttribute): number {
  return Number(queue.attributes[name]);
}

const redrivePolicySchema = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});
export type RedrivePolicy = z.infer<typeof redrivePolicySchema>;

/** Undefined when the text is not a redrive policy. */
export function parseRedrivePolicy(text: string): RedrivePolicy | undefined {
  try {
    return redrivePolicySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function redrivePolicyOf(queue: Queue): RedrivePolicy | undefined {
  const text = queue.attributes['RedrivePolicy'];
  return text === undefined ? undefined : parseRedrivePolicy(text);
}
