import type { ListPartsCommandInput, S3Client } from '@aws-sdk/client-s3';
import { DomainError } from '@atrium/platform/errors';
import type { OnApplicationShutdown } from '@nestjs/common';
import { hasEnded, isMissing, isReplacedPart, isTaken, unlessDown } from './s3-failure.js';

/** A part as S3 has it. */
export interface UploadedPart {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
}

/**
 * Multipart uploads into quarantine, as this process steers them; clients send the parts. Everything but the beginning
 * may be repeated.
 *
 * @throws DomainError UPSTREAM_UNAVAILABLE while S3 is down
 */
export class MultipartUploads implements OnApplicationShutdown {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** Gives S3's id of the upload, which opens nothing without a signature. */
  async begin(key: string, contentType: string): Promise<string> {
    const { CreateMultipartUploadCommand } = await import('@aws-sdk/client-s3');
    // Without a checksum algorithm: S3 would then demand one of it for each part and again at the end, which clients that
    // only speak of ETags (Uppy) can't give. Parts have their MD5, the whole its SHA-256 in verification.
    const command = new CreateMultipartUploadCommand({ Bucket: this.bucket, Key: key, ContentType: contentType });
    const { UploadId } = await unlessDown(this.client.send(command));
    if (UploadId === undefined) throw new Error(`S3 gave no id for the upload of ${key}.`);
    return UploadId;
  }

  /** By number; undefined when the upload was completed or aborted. */
  async findParts(key: string, uploadId: string): Promise<UploadedPart[] | undefined> {
    try {
      return await unlessDown(this.listParts({ Bucket: this.bucket, Key: key, UploadId: uploadId }));
    } catch (error) {
      if (hasEnded(error)) return undefined;
      throw error;
    }
  }

  /** Not by the SDK's paginator, which goes on as long as a marker is answered: S3 answers one after the last page too. */
  private async listParts(upload: ListPartsCommandInput): Promise<UploadedPart[]> {
    const { ListPartsCommand } = await import('@aws-sdk/client-s3');
    const found: UploadedPart[] = [];
    for (let marker: string | undefined; ; ) {
      const page = await this.client.send(new ListPartsCommand({ ...upload, PartNumberMarker: marker }));
      for (const { PartNumber = 0, Size = 0, ETag = '' } of page.Parts ?? []) found.push({ number: PartNumber, size: Size, etag: ETag });
      marker = page.NextPartNumberMarker;
      if (!page.IsTruncated || marker === undefined) return found;
    }
  }

  /** Puts the parts together. False when the upload has ended already: there may be an object, or none. */
  async complete(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<boolean> {
    const { CompleteMultipartUploadCommand } = await import('@aws-sdk/client-s3');
    const command = new CompleteMultipartUploadCommand({
      Bucket: this.bucket,
      Key: key,
      UploadId: uploadId,
      IfNoneMatch: '*',
      MultipartUpload: { Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })) },
    });
    try {
      await unlessDown(this.client.send(command));
      return true;
    } catch (error) {
      if (hasEnded(error) || isTaken(error)) return false;
      if (isReplacedPart(error)) throw new DomainError('CONFLICT', 'A part was sent again meanwhile. Complete once more.');
      throw error;
    }
  }

  /** Resolves also when there is no such upload. */
  async abort(key: string, uploadId: string): Promise<void> {
    const { AbortMultipartUploadCommand } = await import('@aws-sdk/client-s3');
    const command = new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId });
    await unlessDown(this.client.send(command)).catch((error: unknown) => {
      if (!hasEnded(error)) throw error;
    });
  }

  /** Whether the key has an object. */
  async hasObject(key: string): Promise<boolean> {
    const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
    const head = unlessDown(this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key })));
    return head.then(() => true).catch((error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    });
  }

  onApplicationShutdown(): void {
    this.client.destroy();
  }
}
