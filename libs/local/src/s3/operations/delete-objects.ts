import { z } from 'zod';
import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { CHECKSUM_ALGORITHMS } from '../body/checksum-algorithm.js';
import { buildXml } from '../protocol/s3-xml.js';
import { malformedXml, readXmlBody } from './small-body.js';
import { targetBucket, targetObject } from './target.js';

const MAX_KEYS = 1000;
const entrySchema = z.object({ Key: z.string().min(1) });
const documentSchema = z.object({
  Delete: z.object({ Object: z.union([z.array(entrySchema), entrySchema.transform((entry) => [entry])]), Quiet: z.string().optional() }),
});

export const deleteObject: Operation = async (exchange) => {
  const { bucket, key } = targetObject(exchange);
  await bucket.delete(key);
  return { status: 204 };
};

export const deleteObjects: Operation = async (exchange) => {
  const bucket = targetBucket(exchange);
  const { headers } = exchange.request;
  if (
    !headers.has('content-md5') &&
    !headers.has('x-amz-trailer') &&
    !CHECKSUM_ALGORITHMS.some((name) => headers.has(`x-amz-checksum-${name}`))
  ) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const parsed = documentSchema.safeParse(await readXmlBody(exchange));
  if (!parsed.success || parsed.data.Delete.Object.length > MAX_KEYS) throw malformedXml();
  const { Object: entries, Quiet } = parsed.data.Delete;
  for (const entry of entries) await bucket.delete(entry.Key);
  const deleted = Quiet?.trim() === 'true' ? [] : entries.map(({ Key }) => ({ Key }));
  return { status: 200, body: buildXml('DeleteResult', { Deleted: deleted }) };
};
