import { toHeaderValue } from '../protocol/header-value.js';
import { S3Error } from '../protocol/s3-error.js';
import type { S3Request } from '../protocol/s3-request.js';
import type { Checksum } from '../body/body-receiver.js';
import type { ObjectMetadata } from '../storage/object-metadata.js';

const META_PREFIX = 'x-amz-meta-';
/** S3's limit on user metadata, names and values together. */
const MAX_USER_METADATA_BYTES = 2 * 1024;
const KEPT_HEADERS = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'] as const;

/** What a write says of its object: system headers and `x-amz-meta-*`, sent as headers or hoisted into a signed query. */
export function readDescription(request: S3Request): Pick<ObjectMetadata, 'headers' | 'userMetadata'> {
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of KEPT_HEADERS) {
    const value = name === 'content-encoding' ? withoutAwsChunked(request.headers.get(name)) : request.headers.get(name);
    if (value) headers[name] = value;
  }
  const hoisted = request.query.map(([name, value]) => [name.toLowerCase(), value] as const);
  const metadata = [...hoisted, ...request.headers].filter(([name]) => name.startsWith(META_PREFIX));
  const userMetadata = Object.fromEntries(
    metadata.map(([name, value]) => [name.slice(META_PREFIX.length), request.headers.has(name) ? value : toHeaderValue(name, value)]),
  );
  checkUserMetadata(userMetadata);
  return { headers, userMetadata };
}

/** @throws S3Error `MetadataTooLarge` */
function checkUserMetadata(userMetadata: Readonly<Record<string, string>>): void {
  const bytes = Object.entries(userMetadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > MAX_USER_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      MaxSizeAllowed: `${MAX_USER_METADATA_BYTES}`,
    });
  }
}

/** aws-chunked is framing of the transfer, not an encoding of the object. */
function withoutAwsChunked(encoding: string | undefined): string | undefined {
  return encoding?.split(',').map((part) => part.trim()).filter((part) => part !== 'aws-chunked').join(', ');
}

/** Headers of an answer to GET or HEAD. */
export function describeObject(object: ObjectMetadata, withChecksum: boolean): Record<string, string> {
  const userMetadata = Object.entries(object.userMetadata).map(([name, value]) => [META_PREFIX + name, value] as const);
  return {
    ...object.headers,
    ...Object.fromEntries(userMetadata),
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...(withChecksum ? checksumHeaders(object.checksum) : {}),
  };
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksumType(checksum) };
}

/** The element of XML answers that carries a checksum, such as `ChecksumSHA256`. */
export function checksumElements(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value } : {};
}

export function checksumType(checksum: Checksum): 'COMPOSITE' | 'FULL_OBJECT' {
  return checksum.value.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT';
}
