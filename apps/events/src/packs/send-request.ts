import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { PackMessage } from './pack-message.js';

const signedRequest = z.object({
  protocol: z.string(),
  hostname: z.string(),
  port: z.int().optional(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
});
/** A SendMessage call as it would go over the network: signed, with lower-case header names. */
export type SignedRequest = z.output<typeof signedRequest>;

/**
 * The call that the SDK would make, which is not sent. Endpoint, headers and signature are the SDK's own doing; where
 * they come from (environment, region, queue URL) is left to it.
 */
export async function requestOfSdk(sqs: SQSClient, queueUrl: string, body: string, group?: string): Promise<SignedRequest> {
  let seen: unknown;
  const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: group });
  const stopHere = () => async ({ request }: { request: unknown }) => {
    seen = request;
    return { response: {}, output: { $metadata: {} } };
  };
  command.middlewareStack.add(stopHere, { step: 'deserialize', priority: 'high', name: 'stopHere' });
  try {
    await sqs.send(command);
  } catch (error) {
    // The answer that nobody gave has no checksum; what matters is whether a request was made.
    if (seen === undefined) throw error;
  }
  return signedRequest.parse(seen);
}

/** A pack as the text of a message. Its data is base64, which JSON leaves as it is: what stands before is encoded alone. */
export interface PackText {
  readonly before: string;
  readonly data: string;
}
const after = '"}';

export const textOfPack = ({ data, ...rest }: PackMessage): PackText => ({
  before: JSON.stringify({ ...rest, data: '' }).slice(0, -after.length),
  data,
});

/** The checksum that SQS answers with. */
export const md5OfText = ({ before, data }: PackText): string =>
  createHash('md5').update(before).update(data, 'latin1').update(after).digest('hex');

/** The body of a SendMessage call, byte for byte as the SDK writes it. */
export function bodyOfSend(queueUrl: string, { before, data }: PackText, group?: string): Buffer {
  const head = Buffer.from(JSON.stringify({ QueueUrl: queueUrl, MessageBody: before }).slice(0, -'"}'.length));
  const tail = `\\"}"${group === undefined ? '' : `,"MessageGroupId":${JSON.stringify(group)}`}}`;
  const body = Buffer.allocUnsafe(head.length + data.length + tail.length);
  body.set(head);
  body.write(data, head.length, 'latin1');
  body.write(tail, head.length + data.length, 'latin1');
  return body;
}
