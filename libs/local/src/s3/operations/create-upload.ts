import { parseChecksumAlgorithm } from '../body/checksum-algorithm.js';
import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { amzValue, queryValue } from '../protocol/s3-request.js';
import { buildXml } from '../protocol/s3-xml.js';
import { checksumType, readDescription } from './object-headers.js';
import { targetBucket, targetObject } from './target.js';

export const createMultipartUpload: Operation = async (exchange) => {
  const { request, services } = exchange;
  const { bucket, key } = targetObject(exchange);
  const named = amzValue(request, 'x-amz-checksum-algorithm');
  const checksumAlgorithm = named === undefined ? undefined : parseChecksumAlgorithm(named);
  if (named !== undefined && !checksumAlgorithm) throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  const upload = await services.uploads.create({ bucket: bucket.name, key, checksumAlgorithm, ...readDescription(request) });
  return {
    status: 200,
    ...(checksumAlgorithm ? { headers: { 'x-amz-checksum-algorithm': checksumAlgorithm.toUpperCase() } } : {}),
    body: buildXml('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: upload.uploadId }),
  };
};

export const abortMultipartUpload: Operation = async (exchange) => {
  const { bucket, key } = targetObject(exchange);
  const { uploads } = exchange.services;
  const { upload } = uploads.get(queryValue(exchange.request, 'uploadId') ?? '', bucket.name, key);
  await uploads.exclusive(upload, () => uploads.remove(upload));
  return { status: 204 };
};

export const listMultipartUploads: Operation = async (exchange) => {
  const bucket = targetBucket(exchange);
  const prefix = queryValue(exchange.request, 'prefix') ?? '';
  const uploads = exchange.services.uploads.list(bucket.name).filter((upload) => upload.key.startsWith(prefix));
  const Upload = uploads.map(({ key, uploadId, initiated }) => ({
    Key: key,
    UploadId: uploadId,
    Initiated: initiated,
    StorageClass: 'STANDARD',
  }));
  return Promise.resolve({
    status: 200,
    body: buildXml('ListMultipartUploadsResult', { Bucket: bucket.name, Prefix: prefix, IsTruncated: false, Upload }),
  });
};

export const listParts: Operation = async (exchange) => {
  const { request, services } = exchange;
  const { bucket, key } = targetObject(exchange);
  const { upload, parts } = services.uploads.get(queryValue(request, 'uploadId') ?? '', bucket.name, key);
  const marker = Number(queryValue(request, 'part-number-marker') ?? 0);
  const maxParts = Math.min(Number(queryValue(request, 'max-parts') ?? 1000), 1000);
  const rest = parts.filter((part) => part.number > marker);
  const page = rest.slice(0, maxParts);
  const Part = page.map(({ number, lastModified, etag, size, checksum }) => ({
    PartNumber: number,
    LastModified: lastModified,
    ETag: `"${etag}"`,
    Size: size,
    ...(checksum ? { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value } : {}),
  }));
  const body = buildXml('ListPartsResult', {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.uploadId,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? marker,
    MaxParts: maxParts,
    IsTruncated: rest.length > page.length,
    ...(upload.checksumAlgorithm
      ? {
          ChecksumAlgorithm: upload.checksumAlgorithm.toUpperCase(),
          ChecksumType: checksumType({ algorithm: upload.checksumAlgorithm, value: '-' }),
        }
      : {}),
    Part,
  });
  return Promise.resolve({ status: 200, body });
};
