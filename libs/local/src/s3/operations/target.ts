import type { Exchange } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import type { Bucket } from '../storage/bucket.js';

/** @throws S3Error `NoSuchBucket` */
export function targetBucket({ request, services }: Exchange): Bucket {
  return services.store.getBucket(request.bucket ?? '');
}

/** @throws S3Error `NoSuchBucket`, `InvalidRequest` without a key */
export function targetObject(exchange: Exchange): { bucket: Bucket; key: string } {
  const { key } = exchange.request;
  if (key === undefined) throw new S3Error('InvalidRequest', 'This request needs an object key.');
  return { bucket: targetBucket(exchange), key };
}

export function noSuchKey(key: string): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
}
