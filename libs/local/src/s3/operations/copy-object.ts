import type { ChecksumAlgorithm } from '../body/checksum-algorithm.js';
import { parseChecksumAlgorithm } from '../body/checksum-algorithm.js';
import type { Operation, SignedExchange } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { amzValue } from '../protocol/s3-request.js';
import { buildXml } from '../protocol/s3-xml.js';
import { stageBlob, type StagedBlob } from '../storage/blob-writer.js';
import { openCopySource, type CopySource } from './copy-source.js';
import { checksumElements, readDescription } from './object-headers.js';
import { writePrecondition } from './preconditions.js';
import { storeObject } from './store-object.js';
import { targetObject } from './target.js';

export const copyObject: Operation = async (exchange) => {
  const { bucket, key } = targetObject(exchange);
  const replace = readDirective(exchange);
  const precondition = writePrecondition(exchange.request.headers);
  const source = await openCopySource(exchange);
  const blob = await stageCopy(exchange, source, replace);
  const description = replace ? readDescription(exchange.request) : source.metadata;
  const object = { key, etag: blob.md5, checksum: blob.checksum, headers: description.headers, userMetadata: description.userMetadata };
  const stored = await storeObject(exchange, { bucket, blob, object, precondition, eventName: 'ObjectCreated:Copy' });
  const result = { LastModified: stored.lastModified, ETag: `"${stored.etag}"`, ...checksumElements(stored.checksum) };
  return { status: 200, body: buildXml('CopyObjectResult', result) };
};

function readDirective({ request }: SignedExchange): boolean {
  const directive = amzValue(request, 'x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw new S3Error('InvalidArgument', 'Unknown metadata directive.');
  return directive === 'REPLACE';
}

/** Copies the bytes, hashing them anew: an object copied from a multipart upload gets a plain ETag and a whole checksum. */
async function stageCopy(exchange: SignedExchange, source: CopySource, replace: boolean): Promise<StagedBlob> {
  try {
    const { bucket, key } = exchange.request;
    if (!replace && source.bucket === bucket && source.metadata.key === key) {
      throw new S3Error(
        'InvalidRequest',
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
      );
    }
    const asked = parseChecksumAlgorithm(amzValue(exchange.request, 'x-amz-checksum-algorithm') ?? '');
    const algorithm = asked ?? source.metadata.checksum?.algorithm;
    const bytes = source.handle.createReadStream({ autoClose: false, start: 0 }) as AsyncIterable<Buffer>;
    return await stageBlob(exchange.services.store.temporaryFolder, bytes, copyExpectations(source.metadata, algorithm));
  } finally {
    await source.handle.close();
  }
}

function copyExpectations({ size, checksum }: CopySource['metadata'], algorithm: ChecksumAlgorithm | undefined) {
  const known = checksum && checksum.algorithm === algorithm && !checksum.value.includes('-') ? checksum.value : undefined;
  return { length: size, awsChunked: false, checksum: algorithm && { algorithm, value: known, computed: known === undefined } };
}
