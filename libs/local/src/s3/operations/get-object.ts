import type { Operation, S3Response } from '../exchange.js';
import { toHeaderValue } from '../protocol/header-value.js';
import { amzValue, queryValue, type S3Request } from '../protocol/s3-request.js';
import type { ObjectMetadata } from '../storage/object-metadata.js';
import { parseRange } from './byte-range.js';
import { describeObject } from './object-headers.js';
import { checkReadPreconditions } from './preconditions.js';
import { noSuchKey, targetObject } from './target.js';

/** Query parameters that replace a header of the answer. They count because the query is signed. */
const OVERRIDES = ['content-type', 'content-language', 'expires', 'cache-control', 'content-disposition', 'content-encoding'];

export const getObject: Operation = async (exchange) => {
  const { bucket, key } = targetObject(exchange);
  const opened = await bucket.openObject(key);
  if (!opened) throw noSuchKey(key);
  try {
    const answer = answerFor(exchange.request, opened.metadata);
    if (!answer.span) {
      await opened.handle.close();
      return answer.head;
    }
    return { ...answer.head, body: opened.handle.createReadStream(answer.span) };
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
};

export const headObject: Operation = async (exchange) => {
  const { bucket, key } = targetObject(exchange);
  const metadata = bucket.find(key);
  if (!metadata) throw noSuchKey(key);
  return Promise.resolve(answerFor(exchange.request, metadata).head);
};

/** Status and headers, and the bytes to send when there are any. */
function answerFor(request: S3Request, object: ObjectMetadata): { head: S3Response; span?: { start: number; end: number } } {
  if (checkReadPreconditions(request.headers, object) === 'not-modified') {
    return { head: { status: 304, headers: describeObject(object, false) } };
  }
  const range = parseRange(request.headers.get('range'), object.size);
  const withChecksum = !range && amzValue(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  const headers: Record<string, string> = { ...describeObject(object, withChecksum), ...readOverrides(request) };
  headers['content-length'] = `${range ? range.end - range.start + 1 : object.size}`;
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${object.size}`;
  const whole = object.size === 0 ? undefined : { start: 0, end: object.size - 1 };
  return { head: { status: range ? 206 : 200, headers }, span: range ?? whole };
}

function readOverrides(request: S3Request): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const name of OVERRIDES) {
    const value = queryValue(request, `response-${name}`);
    if (value === undefined) continue;
    overrides[name] = toHeaderValue(`response-${name}`, value);
  }
  return overrides;
}
