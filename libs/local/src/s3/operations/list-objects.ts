import type { Operation } from '../exchange.js';
import { S3Error } from '../protocol/s3-error.js';
import { queryValue, type S3Request } from '../protocol/s3-request.js';
import { buildXml } from '../protocol/s3-xml.js';
import { encodeUriPath } from '../protocol/uri-encoding.js';
import type { Bucket } from '../storage/bucket.js';
import { compareUtf8 } from '../storage/sorted-keys.js';
import { checksumType } from './object-headers.js';
import { targetBucket } from './target.js';

interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Only keys and common prefixes after this one. */
  readonly after: string;
}

interface ListPage {
  readonly contents: Array<Record<string, unknown>>;
  readonly commonPrefixes: string[];
  /** Last key or common prefix of a page that isn't the last. */
  readonly next: string | undefined;
}

export const listObjectsV2: Operation = async (exchange) => {
  const { request } = exchange;
  const bucket = targetBucket(exchange);
  const token = queryValue(request, 'continuation-token');
  const query = readQuery(request, token === undefined ? (queryValue(request, 'start-after') ?? '') : decodeToken(token));
  const encode = keyEncoder(request);
  const page = listPage(bucket, query, encode);
  const result = {
    Name: bucket.name,
    Prefix: encode(query.prefix),
    ...(query.delimiter ? { Delimiter: encode(query.delimiter) } : {}),
    MaxKeys: query.maxKeys,
    KeyCount: page.contents.length + page.commonPrefixes.length,
    IsTruncated: page.next !== undefined,
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(page.next === undefined ? {} : { NextContinuationToken: encodeToken(page.next) }),
    ...(queryValue(request, 'encoding-type') === 'url' ? { EncodingType: 'url' } : {}),
    Contents: page.contents,
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
  return Promise.resolve({ status: 200, body: buildXml('ListBucketResult', result) });
};

function readQuery(request: S3Request, after: string): ListQuery {
  const text = queryValue(request, 'max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(text)) throw new S3Error('InvalidArgument', 'Provided max-keys not an integer or within integer range');
  return {
    prefix: queryValue(request, 'prefix') ?? '',
    delimiter: queryValue(request, 'delimiter') ?? '',
    maxKeys: Math.min(Number(text), 1000),
    after,
  };
}

/** Keys that hold the delimiter after the prefix are rolled up; a roll-up counts as one entry of the page. */
function listPage(bucket: Bucket, query: ListQuery, encode: (key: string) => string): ListPage {
  const contents: Array<Record<string, unknown>> = [];
  const commonPrefixes: string[] = [];
  let last = query.after;
  if (query.maxKeys === 0) return { contents, commonPrefixes, next: undefined };
  for (const key of bucket.keysFrom(query.prefix)) {
    if (!key.startsWith(query.prefix)) break;
    const cut = query.delimiter ? key.indexOf(query.delimiter, query.prefix.length) : -1;
    const rolledUp = cut !== -1;
    const entry = rolledUp ? key.slice(0, cut + query.delimiter.length) : key;
    if ((rolledUp && entry === last) || compareUtf8(key, query.after) <= 0) continue;
    if (contents.length + commonPrefixes.length === query.maxKeys) return { contents, commonPrefixes, next: last };
    if (rolledUp) commonPrefixes.push(entry);
    else contents.push(describe(bucket, key, encode));
    last = entry;
  }
  return { contents, commonPrefixes, next: undefined };
}

function describe(bucket: Bucket, key: string, encode: (key: string) => string): Record<string, unknown> {
  const object = bucket.find(key);
  const checksum = object?.checksum;
  return {
    Key: encode(key),
    LastModified: object?.lastModified,
    ETag: `"${object?.etag ?? ''}"`,
    ...(checksum ? { ChecksumAlgorithm: checksum.algorithm.toUpperCase(), ChecksumType: checksumType(checksum) } : {}),
    Size: object?.size,
    StorageClass: 'STANDARD',
  };
}

function keyEncoder(request: S3Request): (key: string) => string {
  return queryValue(request, 'encoding-type') === 'url' ? encodeUriPath : (key) => key;
}

function encodeToken(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function decodeToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (token === '' || encodeToken(key) !== token) throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return key;
}
