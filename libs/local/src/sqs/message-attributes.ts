import { z } from 'zod';
import { isAllowedText } from './message-text.js';
import { invalidParameter, type SqsError } from './sqs-errors.js';

/** BinaryValue is base64, as SQS's JSON protocol carries blobs. */
export const messageAttributesSchema = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.base64().optional() }),
);
export type MessageAttributes = z.infer<typeof messageAttributesSchema>;
type MessageAttribute = MessageAttributes[string];

const MAX_ATTRIBUTES = 10;
const NAME = /^(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$/;
const RESERVED_PREFIX = /^(aws|amazon)\./i;
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Throws `InvalidParameterValue` for an attribute that SQS refuses. Source: "Message attribute components" in the SQS Developer Guide. */
export function assertMessageAttributes(attributes: MessageAttributes | undefined): void {
  const entries = Object.entries(attributes ?? {});
  if (entries.length > MAX_ATTRIBUTES) {
    throw invalidParameter(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  }
  for (const [name, attribute] of entries) {
    const problem = problemWithName(name) ?? problemWithValue(name, attribute);
    if (problem !== undefined) throw problem;
  }
}

function problemWithName(name: string): SqsError | undefined {
  if (NAME.test(name) && !RESERVED_PREFIX.test(name)) return undefined;
  return invalidParameter(`The message attribute name '${name.slice(0, 100)}' is invalid.`);
}

function problemWithValue(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): SqsError | undefined {
  if (!DATA_TYPE.test(DataType) || DataType.length > 256) {
    return invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, ` +
        `the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
  if (value === undefined || value === '') {
    return invalidParameter(`The message attribute '${name}' must contain a non-empty value for the type '${DataType}'.`);
  }
  if (DataType.startsWith('Number') && !NUMBER.test(value)) {
    return invalidParameter(`Can't cast the value of message attribute '${name}' to a number.`);
  }
  if (!isAllowedText(value)) {
    return invalidParameter(`The message attribute '${name}' contains invalid characters.`);
  }
  return undefined;
}

/** Bytes that count towards the message's size: name, type and value. */
export function sizeOfAttributes(attributes: MessageAttributes | undefined): number {
  let size = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue ?? '');
    size += Buffer.byteLength(BinaryValue ?? '', 'base64');
  }
  return size;
}

/** The attributes that a receiver asked for: `All`, `.*`, exact names, or `prefix.*`. Nothing unless asked. */
export function selectAttributes(attributes: MessageAttributes | undefined, wanted: readonly string[]): MessageAttributes | undefined {
  if (attributes === undefined || wanted.length === 0) return undefined;
  if (wanted.includes('All') || wanted.includes('.*')) return attributes;
  const prefixes = wanted.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1));
  const chosen = Object.entries(attributes).filter(
    ([name]) => wanted.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return chosen.length > 0 ? Object.fromEntries(chosen) : undefined;
}
