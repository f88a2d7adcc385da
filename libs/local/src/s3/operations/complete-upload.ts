import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Checksum } from '../body/body-receiver.js';
import { startChecksum, type ChecksumAlgorithm } from '../body/checksum-algorithm.js';
import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { queryValue } from '../protocol/s3-request.js';
import { buildXml } from '../protocol/s3-xml.js';
import { stageBlob } from '../storage/blob-writer.js';
import type { MultipartUpload, UploadedPart } from '../storage/upload-store.js';
import { checksumElements } from './object-headers.js';
import { writePrecondition } from './preconditions.js';
import { malformedXml, readXmlBody } from './small-body.js';
import { storeObject } from './store-object.js';
import { targetObject } from './target.js';

const MIN_PART_BYTES = 5 * 1024 ** 2;

const partSchema = z.looseObject({ PartNumber: z.string().regex(/^\d{1,5}$/), ETag: z.string() });
const documentSchema = z.object({
  CompleteMultipartUpload: z.looseObject({ Part: z.union([z.array(partSchema).min(1), partSchema.transform((part) => [part])]) }),
});
type NamedPart = z.infer<typeof partSchema>;

export const completeMultipartUpload: Operation = async (exchange) => {
  const { request, services } = exchange;
  const { bucket, key } = targetObject(exchange);
  const uploadId = queryValue(request, 'uploadId') ?? '';
  const { upload } = services.uploads.get(uploadId, bucket.name, key);
  const precondition = writePrecondition(request.headers);
  const document = documentSchema.safeParse(await readXmlBody(exchange));
  if (!document.success) throw malformedXml();
  const stored = await services.uploads.exclusive(upload, async () => {
    const parts = chooseParts(document.data.CompleteMultipartUpload.Part, services.uploads.get(uploadId, bucket.name, key).parts);
    const length = parts.reduce((sum, part) => sum + part.size, 0);
    const blob = await stageBlob(services.store.temporaryFolder, services.uploads.read(upload, parts), { length, awsChunked: false });
    const object = {
      key,
      etag: etagOfParts(parts),
      checksum: checksumOfParts(upload, parts),
      headers: upload.headers,
      userMetadata: upload.userMetadata,
    };
    const result = await storeObject(exchange, { bucket, blob, object, precondition, eventName: 'ObjectCreated:CompleteMultipartUpload' });
    await services.uploads.remove(upload);
    return result;
  });
  const result = {
    Location: `/${bucket.name}/${key}`,
    Bucket: bucket.name,
    Key: key,
    ETag: `"${stored.etag}"`,
    ...checksumElements(stored.checksum),
  };
  return { status: 200, body: buildXml('CompleteMultipartUploadResult', result) };
};

/** @throws S3Error `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall` */
function chooseParts(named: readonly NamedPart[], uploaded: readonly UploadedPart[]): UploadedPart[] {
  if (named.some((name, i) => i > 0 && Number(named[i - 1]?.PartNumber) >= Number(name.PartNumber))) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.');
  }
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  return named.map((name, i) => {
    const part = byNumber.get(Number(name.PartNumber));
    if (!part || !isPartNamed(part, name)) {
      throw new S3Error(
        'InvalidPart',
        "One or more of the specified parts could not be found. " +
          "The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { PartNumber: name.PartNumber },
      );
    }
    if (part.size < MIN_PART_BYTES && i < named.length - 1) {
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: `${part.size}`,
        MinSizeAllowed: `${MIN_PART_BYTES}`,
        PartNumber: name.PartNumber,
      });
    }
    return part;
  });
}

function isPartNamed(part: UploadedPart, name: NamedPart): boolean {
  if (name.ETag.trim().replaceAll('"', '') !== part.etag) return false;
  const checksums = Object.entries(name).filter(([element]) => element.startsWith('Checksum'));
  return checksums.every(
    ([element, value]) =>
      part.checksum !== undefined && element === `Checksum${part.checksum.algorithm.toUpperCase()}` && value === part.checksum.value,
  );
}

/** S3's ETag of a multipart object: MD5 over the parts' binary MD5s, and their number. */
function etagOfParts(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

/** A composite checksum: the algorithm over the parts' binary checksums, and their number. */
function checksumOfParts(upload: MultipartUpload, parts: readonly UploadedPart[]): Checksum | undefined {
  const algorithm: ChecksumAlgorithm | undefined = upload.checksumAlgorithm;
  if (!algorithm || parts.some((part) => part.checksum?.algorithm !== algorithm)) return undefined;
  const running = startChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part.checksum?.value ?? '', 'base64'));
  return { algorithm, value: `${running.digest()}-${parts.length}` };
}
