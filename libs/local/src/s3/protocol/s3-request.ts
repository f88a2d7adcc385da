import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.js';
import { decodeQueryComponent, decodeUriComponent } from './uri-encoding.js';

const MAX_KEY_BYTES = 1024;

/** A request as S3 reads it: path-style address, decoded query in order, lower-case headers. */
export interface S3Request {
  readonly method: string;
  /** Decoded path, with its leading slash. */
  readonly path: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyArray<readonly [name: string, value: string]>;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Reads the request line and headers. Repeated headers are joined by a comma, as SigV4 canonicalises them, so that
 * what is verified is also what is obeyed (node:http would drop the second one of some).
 *
 * @throws S3Error `InvalidURI`, `KeyTooLongError`
 */
export function readS3Request(message: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>): S3Request {
  const url = message.url ?? '/';
  const queryStart = url.indexOf('?');
  const rawPath = queryStart === -1 ? url : url.slice(0, queryStart);
  const path = decodeUriComponent(rawPath);
  if (!path.startsWith('/')) throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  return {
    method: message.method ?? 'GET',
    path,
    ...splitAddress(path),
    query: readQuery(queryStart === -1 ? '' : url.slice(queryStart + 1)),
    headers: readHeaders(message.rawHeaders),
  };
}

function splitAddress(path: string): Pick<S3Request, 'bucket' | 'key'> {
  const slash = path.indexOf('/', 1);
  const bucket = slash === -1 ? path.slice(1) : path.slice(1, slash);
  const key = slash === -1 ? '' : path.slice(slash + 1);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError', 'Your key is too long');
  return { bucket: bucket || undefined, key: key || undefined };
}

function readQuery(text: string): Array<readonly [string, string]> {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals === -1 ? pair : pair.slice(0, equals);
      return [decodeQueryComponent(name), decodeQueryComponent(equals === -1 ? '' : pair.slice(equals + 1))] as const;
    });
}

function readHeaders(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? (raw[i + 1] ?? '') : `${earlier},${raw[i + 1] ?? ''}`);
  }
  return headers;
}

/** First value of a query parameter; empty text for a bare one such as `?uploads`. */
export function queryValue(request: S3Request, name: string): string | undefined {
  return request.query.find(([candidate]) => candidate === name)?.[1];
}

/** An `x-amz-*` value from its header or, on a presigned request, hoisted into the query. Both are signed. */
export function amzValue(request: S3Request, name: string): string | undefined {
  return request.headers.get(name) ?? request.query.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
}
