import { S3Error } from '../protocol/s3-error.js';
import { amzValue, type S3Request } from '../protocol/s3-request.js';
import { CHECKSUM_ALGORITHMS, isChecksumOf, type ChecksumAlgorithm } from './checksum-algorithm.js';

/** A PUT may carry 5 GiB at most (S3 user guide, "Uploading objects"). */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** What the headers promise of a body, to be held against its bytes. */
export interface BodyExpectations {
  /** Bytes of content, after aws-chunked is taken off; undefined for a form's file, which doesn't say. */
  readonly length: number | undefined;
  /** Most bytes of a content that doesn't say its length. */
  readonly maxLength?: number;
  /** Whether the body is framed in aws-chunked. */
  readonly awsChunked: boolean;
  /** Lower-case hex. */
  readonly contentSha256?: string;
  /** Base64. */
  readonly contentMd5?: string;
  readonly checksum?: ExpectedChecksum;
}

export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64, or undefined when it comes in the trailer. */
  readonly value?: string;
  /** Nothing is promised: the checksum is only computed, to be kept. */
  readonly computed?: boolean;
}

/**
 * @param payloadHash the signed `x-amz-content-sha256`
 * @throws S3Error `MissingContentLength`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`, `NotImplemented`
 */
export function readBodyExpectations(request: S3Request, payloadHash: string): BodyExpectations & { readonly length: number } {
  const awsChunked = payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  if (!awsChunked && payloadHash.startsWith('STREAMING-')) {
    throw new S3Error(
      'NotImplemented',
      'Bodies signed chunk by chunk are not implemented; send UNSIGNED-PAYLOAD, a trailer or the SHA-256.',
    );
  }
  const signedHash = payloadHash !== 'UNSIGNED-PAYLOAD' && !awsChunked;
  if (signedHash && !/^[0-9a-f]{64}$/.test(payloadHash)) {
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a SHA-256 in hexadecimal.',
    );
  }
  return {
    length: readLength(request, awsChunked),
    awsChunked,
    contentSha256: signedHash ? payloadHash : undefined,
    contentMd5: readContentMd5(request),
    checksum: readChecksum(request, awsChunked),
  };
}

function readLength(request: S3Request, awsChunked: boolean): number {
  const text = awsChunked ? request.headers.get('x-amz-decoded-content-length') : request.headers.get('content-length');
  if (text === undefined && !request.headers.has('transfer-encoding') && request.method !== 'PUT') return 0;
  if (text === undefined || !/^\d{1,15}$/.test(text)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const length = Number(text);
  if (length > MAX_PUT_BYTES) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', { MaxSizeAllowed: `${MAX_PUT_BYTES}` });
  }
  return length;
}

function readContentMd5(request: S3Request): string | undefined {
  const value = request.headers.get('content-md5');
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  return value;
}

function readChecksum(request: S3Request, awsChunked: boolean): ExpectedChecksum | undefined {
  const found: ExpectedChecksum[] = [];
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = amzValue(request, `x-amz-checksum-${algorithm}`);
    if (value === undefined) continue;
    if (!isChecksumOf(algorithm, value)) throw new S3Error('InvalidRequest', `Value for x-amz-checksum-${algorithm} header is invalid.`);
    found.push({ algorithm, value });
  }
  const trailer = awsChunked ? request.headers.get('x-amz-trailer') : undefined;
  if (trailer !== undefined) found.push({ algorithm: trailerAlgorithm(trailer) });
  if (found.length > 1) {
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  if (
    found.length === 0 &&
    amzValue(request, 'x-amz-sdk-checksum-algorithm') !== undefined &&
    request.method === 'PUT' &&
    !amzValue(request, 'x-amz-copy-source')
  ) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  return found[0];
}

function trailerAlgorithm(trailer: string): ChecksumAlgorithm {
  const algorithm = CHECKSUM_ALGORITHMS.find((candidate) => `x-amz-checksum-${candidate}` === trailer.trim().toLowerCase());
  if (!algorithm) throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  return algorithm;
}
