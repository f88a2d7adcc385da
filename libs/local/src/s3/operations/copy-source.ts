import type { FileHandle } from 'node:fs/promises';
import type { SignedExchange } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { amzValue } from '../protocol/s3-request.js';
import { decodeUriComponent } from '../protocol/uri-encoding.js';
import type { ObjectMetadata } from '../storage/object-metadata.js';
import { checkCopyPreconditions } from './preconditions.js';
import { noSuchKey } from './target.js';

export interface CopySource {
  readonly bucket: string;
  readonly metadata: ObjectMetadata;
  readonly handle: FileHandle;
}

/**
 * Opens what `x-amz-copy-source` names, so that conditions and bytes are of one and the same version.
 *
 * @throws S3Error `InvalidArgument`, `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`
 */
export async function openCopySource(exchange: SignedExchange): Promise<CopySource> {
  const header = amzValue(exchange.request, 'x-amz-copy-source') ?? '';
  const [, bucketName, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeUriComponent(header.split('?')[0] ?? '')) ?? [];
  if (!bucketName || !key) {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  if (header.includes('?')) throw new S3Error('NotImplemented', 'Object versions are not implemented.');
  const opened = await exchange.services.store.getBucket(bucketName).openObject(key);
  if (!opened) throw noSuchKey(key);
  try {
    checkCopyPreconditions(exchange.request, opened.metadata);
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
  return { bucket: bucketName, ...opened };
}
