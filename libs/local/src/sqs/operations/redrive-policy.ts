import { isDeepStrictEqual } from 'node:util';
import { parseRedrivePolicy } from '../queue.js';
import type { QueueAttributes } from '../queue-attributes.js';
import { invalidParameter } from '../sqs-errors.js';
import { findQueueByArn, type SqsContext } from './operation.js';

/** Throws `InvalidParameterValue` when the policy is malformed or its dead-letter queue is not there. */
export function assertRedrivePolicy(context: SqsContext, { RedrivePolicy: text }: QueueAttributes): void {
  if (text === undefined || text === '') return;
  const policy = parseRedrivePolicy(text);
  if (policy === undefined) {
    throw invalidParameter(
      'Value for parameter RedrivePolicy is invalid. Reason: Must be JSON with deadLetterTargetArn and maxReceiveCount from 1 to 1000.',
    );
  }
  if (findQueueByArn(context, policy.deadLetterTargetArn) === undefined) {
    throw invalidParameter('Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.');
  }
}

/** Two redrive policies are the same whatever their spacing, order of keys, or quotes around the count. */
export function isSameAttribute(name: string, a: string, b: string): boolean {
  if (a === b || name !== 'RedrivePolicy') return a === b;
  return isDeepStrictEqual(parseRedrivePolicy(a), parseRedrivePolicy(b));
}
