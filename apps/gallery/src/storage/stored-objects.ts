import type { S3Client } from '@aws-sdk/client-s3';
import type { AssetObjectsSettings } from './asset-objects.js';
import { isMissing } from './s3-failure.js';

export const bucketNames = ['quarantine', 'ready'] as const;
export type BucketName = (typeof bucketNames)[number];

export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly writtenAt: Date;
}

/** A multipart upload that is neither complete nor aborted. */
export interface OpenMultipart {
  readonly key: string;
  readonly uploadId: string;
  readonly begunAt: Date;
}

/** S3 takes and gives at most so many keys at a time. */
const pageSize = 1_000;

/** The buckets as a whole: what lies there, page by page, and removal in bulk. Every call may be repeated. */
export class StoredObjects {
  constructor(
    private readonly client: S3Client,
    private readonly settings: AssetObjectsSettings,
  ) {}

  /** Objects in the order of their keys, after `after`; undefined `next` at the end. */
  async page(bucket: BucketName, { prefix, after }: { prefix?: string; after?: string | undefined }): Promise<{ objects: StoredObject[]; next: string | undefined }> {
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    const request = { Bucket: this.nameOf(bucket), Prefix: prefix, StartAfter: after, MaxKeys: pageSize };
    const { Contents = [], IsTruncated } = await this.client.send(new ListObjectsV2Command(request));
    const objects = Contents.flatMap(({ Key, Size, LastModified }) => (Key === undefined ? [] : [{ key: Key, size: Size ?? 0, writtenAt: LastModified ?? new Date() }]));
    return { objects, next: IsTruncated ? objects.at(-1)?.key : undefined };
  }

  /** Resolves also for keys that have no object. */
  async remove(bucket: BucketName, keys: readonly string[]): Promise<void> {
    const { DeleteObjectsCommand } = await import('@aws-sdk/client-s3');
    for (let begin = 0; begin < keys.length; begin += pageSize) {
      const Objects = keys.slice(begin, begin + pageSize).map((Key) => ({ Key }));
      const { Errors = [] } = await this.client.send(new DeleteObjectsCommand({ Bucket: this.nameOf(bucket), Delete: { Objects, Quiet: true } }));
      const [refused] = Errors;
      if (refused) throw new Error(`S3 did not delete ${refused.Key}: ${refused.Code} (${Errors.length} of ${Objects.length} objects).`);
    }
  }

  async has(bucket: BucketName, key: string): Promise<boolean> {
    const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
    try {
      await this.client.send(new HeadObjectCommand({ Bucket: this.nameOf(bucket), Key: key }));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Of the quarantine, where clients upload to; all of them, or those of keys with the prefix. */
  async *multiparts(prefix?: string): AsyncGenerator<OpenMultipart> {
    const { ListMultipartUploadsCommand } = await import('@aws-sdk/client-s3');
    let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
    while (markers) {
      const request: { Bucket: string; Prefix?: string } = { Bucket: this.settings.quarantineBucket, ...(prefix === undefined ? {} : { Prefix: prefix }), ...markers };
      const { Uploads = [], IsTruncated, NextKeyMarker, NextUploadIdMarker } = await this.client.send(new ListMultipartUploadsCommand(request));
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (Key !== undefined && UploadId !== undefined) yield { key: Key, uploadId: UploadId, begunAt: Initiated ?? new Date() };
      }
      markers = IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
    }
  }

  /** Resolves also when it is complete or aborted already. */
  async abort({ key, uploadId }: OpenMultipart): Promise<void> {
    const { AbortMultipartUploadCommand } = await import('@aws-sdk/client-s3');
    const request = { Bucket: this.settings.quarantineBucket, Key: key, UploadId: uploadId };
    await this.client.send(new AbortMultipartUploadCommand(request)).catch((error: unknown) => {
      if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
    });
  }

  private nameOf(bucket: BucketName): string {
    return bucket === 'ready' ? this.settings.readyBucket : this.settings.quarantineBucket;
  }
}
