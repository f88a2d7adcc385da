import { readBodyExpectations } from '../body/body-expectations.js';
import type { Operation } from '../exchange.js';
import { stageBlob } from '../storage/blob-writer.js';
import { checksumHeaders, readDescription } from './object-headers.js';
import { writePrecondition } from './preconditions.js';
import { storeObject } from './store-object.js';
import { targetObject } from './target.js';

export const putObject: Operation = async (exchange) => {
  const { request, services } = exchange;
  const { bucket, key } = targetObject(exchange);
  const expected = readBodyExpectations(request, exchange.payloadHash);
  const description = readDescription(request);
  const precondition = writePrecondition(request.headers);
  precondition(bucket.find(key));
  const blob = await stageBlob(services.store.temporaryFolder, exchange.body(), expected);
  const object = { key, etag: blob.md5, checksum: blob.checksum, ...description };
  const stored = await storeObject(exchange, { bucket, blob, object, precondition, eventName: 'ObjectCreated:Put' });
  return { status: 200, headers: { etag: `"${stored.etag}"`, ...checksumHeaders(stored.checksum) } };
};
