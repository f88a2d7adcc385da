import { invalidAttributeName, invalidAttributeValue, unsupportedOperation } from './sqs-errors.js';

/** Queue attributes as SQS carries them: every value is text. */
export type QueueAttributes = Record<string, string>;

export const MAX_MESSAGE_BYTES = 1_048_576;

interface Range {
  min: number;
  max: number;
  initial: number;
}

// Seconds, and bytes for MaximumMessageSize. Source: SetQueueAttributes in the SQS API Reference.
const RANGES: Record<string, Range> = {
  VisibilityTimeout: { min: 0, max: 43_200, initial: 30 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, initial: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, initial: 0 },
  DelaySeconds: { min: 0, max: 900, initial: 0 },
  MaximumMessageSize: { min: 1024, max: MAX_MESSAGE_BYTES, initial: MAX_MESSAGE_BYTES },
};

// Kept and given back, with no effect on a local queue; RedrivePolicy is checked where the queues are known.
const STORED = ['RedrivePolicy', 'RedriveAllowPolicy', 'Policy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'];
const FIFO = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

export const COMPUTED = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
] as const;

export const READABLE: ReadonlySet<string> = new Set(['All', ...Object.keys(RANGES), ...STORED, ...FIFO, ...COMPUTED]);

export const DEFAULT_ATTRIBUTES: QueueAttributes = Object.fromEntries(
  Object.entries(RANGES).map(([name, { initial }]) => [name, String(initial)]),
);

/** Throws for a name that cannot be set, a value out of range, or an attribute of FIFO queues. */
export function assertSettable(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (FIFO.includes(name)) throw fifoUnsupported();
    const range = RANGES[name];
    if (range !== undefined) assertInRange(name, value, range);
    else if (!STORED.includes(name)) throw invalidAttributeName(name);
  }
}

function assertInRange(name: string, value: string, { min, max }: Range): void {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return;
  throw invalidAttributeValue(name, `Must be an integer from ${min} to ${max}.`);
}

export function fifoUnsupported(): Error {
  return unsupportedOperation('FIFO queues are not supported here. Create a standard queue: no .fifo suffix and no FIFO attributes.');
}

/** Setting an attribute to the empty text removes it, as `RedrivePolicy: ""` does in SQS. */
export function mergeAttributes(current: QueueAttributes, changes: QueueAttributes): QueueAttributes {
  return Object.fromEntries(Object.entries({ ...current, ...changes }).filter(([, value]) => value !== ''));
}
