import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { copyInParts, maxCopyBytes } from './copy-in-parts.js';
import { derivativeKeysOf } from './object-key.js';
import { isMissing } from './s3-failure.js';

export interface AssetObjectsSettings {
  readonly quarantineBucket: string;
  readonly readyBucket: string;
}

/** An object in quarantine, as S3 describes it. */
export interface UploadedObject {
  /** Names exactly these bytes in later calls. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Base64, of the whole; undefined when S3 was given none. */
  readonly sha256: string | undefined;
}

/** What a worker does with objects. Every call may be repeated. */
export class AssetObjects {
  constructor(
    private readonly client: S3Client,
    private readonly settings: AssetObjectsSettings,
  ) {}

  async findUploaded(quarantineKey: string): Promise<UploadedObject | undefined> {
    const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
    const request = { Bucket: this.settings.quarantineBucket, Key: quarantineKey, ChecksumMode: 'ENABLED' as const };
    try {
      const head = await this.client.send(new HeadObjectCommand(request));
      if (head.ETag === undefined) throw new Error(`S3 gave no ETag for ${quarantineKey}.`);
      return { etag: head.ETag, size: head.ContentLength ?? 0, sha256: head.ChecksumType === 'COMPOSITE' ? undefined : head.ChecksumSHA256 };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The bytes, as they come. Rejects, or ends with an error, when the object is no longer the one described. */
  openUploaded(quarantineKey: string, { etag }: UploadedObject): Promise<Readable> {
    return this.open({ Bucket: this.settings.quarantineBucket, Key: quarantineKey, IfMatch: etag });
  }

  /** As {@link openUploaded}, of what was verified. */
  openReady(readyKey: string): Promise<Readable> {
    return this.open({ Bucket: this.settings.readyBucket, Key: readyKey });
  }

  /** The first `length` bytes, or all of a shorter object. Rejects when the object is no longer the one described. */
  async readHead(quarantineKey: string, { etag }: UploadedObject, length: number): Promise<Uint8Array> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const Bucket = this.settings.quarantineBucket;
    const request = { Bucket, Key: quarantineKey, Range: `bytes=0-${length - 1}`, IfMatch: etag };
    const answer = await this.client.send(new GetObjectCommand(request));
    return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
  }

  /**
   * The SHA-256 of exactly the described bytes, in base64, read from end to end: of an object that came in parts S3 has at
   * most a sum of sums. Memory stays flat. Rejects when the object has changed or gone.
   */
  async sha256Of(quarantineKey: string, { etag }: UploadedObject): Promise<string> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const request = { Bucket: this.settings.quarantineBucket, Key: quarantineKey, IfMatch: etag };
    const { Body } = await this.client.send(new GetObjectCommand(request));
    const sum = createHash('sha256');
    if (Body) for await (const chunk of Body.transformToWebStream()) sum.update(chunk);
    return sum.digest('base64');
  }

  /** Copies exactly the described bytes to where they are served from. Rejects when the object has changed or gone. */
  async promote(quarantineKey: string, { etag, size }: UploadedObject, readyKey: string, contentType: string): Promise<void> {
    if (size > maxCopyBytes) {
      const source = `${this.settings.quarantineBucket}/${quarantineKey}`;
      return copyInParts(this.client, { source, etag, size, bucket: this.settings.readyBucket, key: readyKey, contentType });
    }
    const { CopyObjectCommand } = await import('@aws-sdk/client-s3');
    await this.client.send(
      new CopyObjectCommand({
        Bucket: this.settings.readyBucket,
        Key: readyKey,
        CopySource: `${this.settings.quarantineBucket}/${quarantineKey}`,
        CopySourceIfMatch: etag,
        MetadataDirective: 'REPLACE',
        ContentType: contentType,
        // Whatever way an object is reached, a browser saves it rather than showing it.
        ContentDisposition: 'attachment',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
  }

  /** Puts a file where files are served from. The same again is no change. */
  async store(key: string, bytes: Uint8Array, contentType: string): Promise<void> {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.settings.readyBucket,
        Key: key,
        Body: bytes,
        ContentType: contentType,
        ContentDisposition: 'attachment',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
  }

  /** Resolves also when there is no such object. */
  async removeUploaded(quarantineKey: string): Promise<void> {
    const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
    await this.client.send(new DeleteObjectCommand({ Bucket: this.settings.quarantineBucket, Key: quarantineKey }));
  }

  /** As {@link removeUploaded}, of what was verified, and of all that was made of it. */
  async removeReady(readyKey: string): Promise<void> {
    const { DeleteObjectsCommand } = await import('@aws-sdk/client-s3');
    const Objects = [readyKey, ...derivativeKeysOf(readyKey)].map((Key) => ({ Key }));
    const { Errors } = await this.client.send(
      new DeleteObjectsCommand({ Bucket: this.settings.readyBucket, Delete: { Objects, Quiet: true } }),
    );
    const refused = Errors?.[0];
    if (refused) throw new Error(`S3 did not delete ${refused.Key ?? readyKey}: ${refused.Code ?? 'it did not say why'}.`);
  }

  /** Rejects when S3 doesn't answer or doesn't let this process in. */
  async ping(): Promise<void> {
    const { HeadBucketCommand } = await import('@aws-sdk/client-s3');
    await this.client.send(new HeadBucketCommand({ Bucket: this.settings.quarantineBucket }));
  }

  private async open(request: { Bucket: string; Key: string; IfMatch?: string }): Promise<Readable> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const { Body } = await this.client.send(new GetObjectCommand(request));
    if (!(Body instanceof Readable)) throw new Error(`S3 gave no bytes of ${request.Key}.`);
    return Body;
  }
}
