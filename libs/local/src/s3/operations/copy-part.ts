import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { amzValue, queryValue } from '../protocol/s3-request.js';
import { buildXml } from '../protocol/s3-xml.js';
import { discardBlob, stageBlob } from '../storage/blob-writer.js';
import { openCopySource } from './copy-source.js';
import { checksumElements } from './object-headers.js';
import { targetObject } from './target.js';
import { readPartNumber } from './upload-part.js';

/** A part whose bytes are those of another object, or a range of them (S3 API reference, "UploadPartCopy"). */
export const copyPart: Operation = async (exchange) => {
  const { request, services } = exchange;
  const { bucket, key } = targetObject(exchange);
  const number = readPartNumber(queryValue(request, 'partNumber'));
  const { upload } = services.uploads.get(queryValue(request, 'uploadId') ?? '', bucket.name, key);
  const source = await openCopySource(exchange);
  try {
    const { start, end } = readRange(amzValue(request, 'x-amz-copy-source-range'), source.metadata.size);
    const bytes = source.handle.createReadStream({ autoClose: false, start, end }) as AsyncIterable<Buffer>;
    const checksum = upload.checksumAlgorithm && { algorithm: upload.checksumAlgorithm, computed: true };
    const staged = await stageBlob(services.store.temporaryFolder, bytes, { length: end - start + 1, awsChunked: false, checksum });
    try {
      const part = await services.uploads.putPart(upload, number, staged);
      const result = { LastModified: part.lastModified, ETag: `"${part.etag}"`, ...checksumElements(part.checksum) };
      return { status: 200, body: buildXml('CopyPartResult', result) };
    } catch (error) {
      await discardBlob(staged);
      throw error;
    }
  } finally {
    await source.handle.close();
  }
};

/** Unlike a download's, the range must have both ends and lie within the object. */
function readRange(text: string | undefined, size: number): { start: number; end: number } {
  if (text === undefined) return { start: 0, end: size - 1 };
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  const [start, end] = [Number(first), Number(last)];
  if (first === undefined || last === undefined || start > end || end >= size) {
    throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy');
  }
  return { start, end };
}
