import { readBodyExpectations } from '../body/body-expectations.js';
import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { queryValue } from '../protocol/s3-request.js';
import { discardBlob, stageBlob } from '../storage/blob-writer.js';
import { checksumHeaders } from './object-headers.js';
import { targetObject } from './target.js';

export const uploadPart: Operation = async (exchange) => {
  const { request, services } = exchange;
  const { bucket, key } = targetObject(exchange);
  const number = readPartNumber(queryValue(request, 'partNumber'));
  const { upload } = services.uploads.get(queryValue(request, 'uploadId') ?? '', bucket.name, key);
  const expected = readBodyExpectations(request, exchange.payloadHash);
  // A part without a checksum gets one computed, so that the whole can have one.
  const checksum = expected.checksum ?? (upload.checksumAlgorithm && { algorithm: upload.checksumAlgorithm, computed: true });
  const staged = await stageBlob(services.store.temporaryFolder, exchange.body(), { ...expected, checksum });
  try {
    const part = await services.uploads.putPart(upload, number, staged);
    return { status: 200, headers: { etag: `"${part.etag}"`, ...checksumHeaders(part.checksum) } };
  } catch (error) {
    await discardBlob(staged);
    throw error;
  }
};

export function readPartNumber(text: string | undefined): number {
  const number = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  if (number < 1 || number > 10_000) throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  return number;
}
