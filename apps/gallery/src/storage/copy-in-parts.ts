import type { S3Client } from '@aws-sdk/client-s3';

export interface ObjectCopy {
  /** `bucket/key` */
  readonly source: string;
  /** Of exactly these bytes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
}

/** S3 copies at most 5 GiB at once. */
export const maxCopyBytes = 5 * 1024 ** 3;
/** Parts that S3 copies at the same time. */
const atOnce = 8;

/**
 * Copies an object that is too large for one CopyObject. S3 moves the bytes itself; each part is tied to the ETag, so that
 * the copy is of one version. Rejects, leaving no parts, when the object has changed or gone.
 *
 * @param partBytes at most {@link maxCopyBytes}; 10,000 of them make 5 TiB
 */
export async function copyInParts(client: S3Client, copy: ObjectCopy, partBytes = 1024 ** 3): Promise<void> {
  const sdk = await import('@aws-sdk/client-s3');
  const target = { Bucket: copy.bucket, Key: copy.key };
  // As of an object that is copied at once: whatever way it is reached, a browser saves it.
  const begin = new sdk.CreateMultipartUploadCommand({ ...target, ContentType: copy.contentType, ContentDisposition: 'attachment' });
  const { UploadId } = await client.send(begin);
  const upload = { ...target, UploadId };
  const copyPart = async (index: number) => {
    const start = index * partBytes;
    const range = `bytes=${start}-${Math.min(start + partBytes, copy.size) - 1}`;
    const part = { PartNumber: index + 1, CopySource: copy.source, CopySourceIfMatch: copy.etag, CopySourceRange: range };
    const { CopyPartResult } = await client.send(new sdk.UploadPartCopyCommand({ ...upload, ...part }));
    return { PartNumber: index + 1, ETag: CopyPartResult?.ETag };
  };
  try {
    const count = Math.ceil(copy.size / partBytes);
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let first = 0; first < count; first += atOnce) {
      const indexes = Array.from({ length: Math.min(atOnce, count - first) }, (_, offset) => first + offset);
      parts.push(...(await Promise.all(indexes.map(copyPart))));
    }
    await client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
  } catch (error) {
    // What can't be undone now ends with the bucket's own rule for parts.
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}
