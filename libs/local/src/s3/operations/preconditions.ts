import { S3Error } from '../protocol/s3-error.js';
import { amzValue, type S3Request } from '../protocol/s3-request.js';
import type { ObjectMetadata } from '../storage/object-metadata.js';
import { noSuchKey } from './target.js';

type Headers = ReadonlyMap<string, string>;

/**
 * Conditional writes: `If-None-Match: *` only creates, `If-Match: "etag"` only replaces that version.
 *
 * @returns a check to run against the object that is there when the write becomes visible
 */
export function writePrecondition(headers: Headers): (current: ObjectMetadata | undefined) => void {
  const ifNoneMatch = headers.get('if-none-match');
  const ifMatch = headers.get('if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', { Header: 'If-None-Match' });
  }
  return (current) => {
    if (ifNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match');
    if (ifMatch === undefined) return;
    // S3 answers 404, not 412, when there is nothing that could match.
    if (!current) throw noSuchKey('');
    if (!etagListed(ifMatch, current.etag)) throw preconditionFailed('If-Match');
  };
}

/**
 * Conditional reads (RFC 9110 §13.2.2, the order of evaluation).
 *
 * @returns whether the client's copy is fresh, which is answered 304
 * @throws S3Error `PreconditionFailed`
 */
export function checkReadPreconditions(headers: Headers, object: ObjectMetadata): 'send' | 'not-modified' {
  checkSourcePreconditions(object, { match: headers.get('if-match'), unmodifiedSince: headers.get('if-unmodified-since') });
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== undefined) return etagListed(ifNoneMatch, object.etag) ? 'not-modified' : 'send';
  const since = parseDate(headers.get('if-modified-since'));
  return since !== undefined && wholeSeconds(object) <= since ? 'not-modified' : 'send';
}

/**
 * CopyObject's conditions on its source, sent as headers or hoisted into a signed query. Here a fresh copy is a
 * failed precondition too.
 */
export function checkCopyPreconditions(request: S3Request, source: ObjectMetadata): void {
  const condition = (name: string): string | undefined => amzValue(request, `x-amz-copy-source-if-${name}`);
  checkSourcePreconditions(source, { match: condition('match'), unmodifiedSince: condition('unmodified-since') });
  const noneMatch = condition('none-match');
  if (noneMatch !== undefined && etagListed(noneMatch, source.etag)) throw preconditionFailed('x-amz-copy-source-if-none-match');
  const since = parseDate(condition('modified-since'));
  if (noneMatch === undefined && since !== undefined && wholeSeconds(source) <= since) {
    throw preconditionFailed('x-amz-copy-source-if-modified-since');
  }
}

function checkSourcePreconditions(object: ObjectMetadata, condition: { match?: string; unmodifiedSince?: string }): void {
  if (condition.match !== undefined) {
    if (!etagListed(condition.match, object.etag)) throw preconditionFailed('If-Match');
    return;
  }
  const since = parseDate(condition.unmodifiedSince);
  if (since !== undefined && wholeSeconds(object) > since) throw preconditionFailed('If-Unmodified-Since');
}

function etagListed(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => {
    const text = candidate.trim().replace(/^W\//, '');
    return text === '*' || text.replaceAll('"', '') === etag;
  });
}

function wholeSeconds(object: ObjectMetadata): number {
  return Math.floor(Date.parse(object.lastModified) / 1000) * 1000;
}

function parseDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', { Condition: condition });
}
