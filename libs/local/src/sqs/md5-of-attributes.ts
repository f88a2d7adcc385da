import { createHash, hash, type Hash } from 'node:crypto';
import type { MessageAttributes } from './message-attributes.js';

const STRING_TRANSPORT = Buffer.from([1]);
const BINARY_TRANSPORT = Buffer.from([2]);

export function md5OfText(text: string): string {
  return hash('md5', text);
}

/**
 * The digest that SDKs compare with their own, or undefined when there are no attributes.
 * Source: "Calculating the MD5 message digest for message attributes" in the SQS Developer Guide.
 */
export function md5OfAttributes(attributes: MessageAttributes | undefined): string | undefined {
  const names = Object.keys(attributes ?? {}).sort();
  if (attributes === undefined || names.length === 0) return undefined;
  const md5 = createHash('md5');
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    updateWithLength(md5, Buffer.from(name, 'utf8'));
    updateWithLength(md5, Buffer.from(attribute.DataType, 'utf8'));
    const binary = attribute.DataType.startsWith('Binary');
    md5.update(binary ? BINARY_TRANSPORT : STRING_TRANSPORT);
    updateWithLength(md5, binary ? Buffer.from(attribute.BinaryValue ?? '', 'base64') : Buffer.from(attribute.StringValue ?? '', 'utf8'));
  }
  return md5.digest('hex');
}

function updateWithLength(md5: Hash, bytes: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  md5.update(length).update(bytes);
}
