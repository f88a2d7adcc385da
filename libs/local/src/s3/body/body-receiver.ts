import { createHash } from 'node:crypto';
import { S3Error } from '../protocol/s3-error.js';
import { decodeAwsChunked } from './aws-chunked.js';
import type { BodyExpectations, ExpectedChecksum } from './body-expectations.js';
import { isChecksumOf, startChecksum, type ChecksumAlgorithm } from './checksum-algorithm.js';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; with `-N` behind it when it is composed of N parts' checksums. */
  readonly value: string;
}

export interface ReceivedBody {
  readonly size: number;
  /** Hex MD5 of the content. */
  readonly md5: string;
  readonly checksum: Checksum | undefined;
}

/**
 * Streams a body into `write`, one awaited chunk at a time, and holds it against what its headers promised.
 * When it throws, the caller must throw away what was written.
 *
 * @throws S3Error `IncompleteBody`, `EntityTooLarge`, `BadDigest`, `XAmzContentSHA256Mismatch`, `MalformedTrailerError`
 */
export async function receiveBody(
  source: AsyncIterable<Buffer>,
  expected: BodyExpectations,
  write: (chunk: Buffer) => Promise<void>,
): Promise<ReceivedBody> {
  const trailers = new Map<string, string>();
  const content = expected.awsChunked ? decodeAwsChunked(source, trailers) : source;
  const md5 = createHash('md5');
  const sha256 = expected.contentSha256 === undefined ? undefined : createHash('sha256');
  const running = expected.checksum && startChecksum(expected.checksum.algorithm);
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    checkGrowth(size, expected);
    md5.update(chunk);
    sha256?.update(chunk);
    running?.update(chunk);
    await write(chunk);
  }
  if (expected.length !== undefined && size !== expected.length) throw incomplete();
  if (sha256 && sha256.digest('hex') !== expected.contentSha256) {
    throw new S3Error('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  const digest = md5.digest();
  if (expected.contentMd5 !== undefined && digest.toString('base64') !== expected.contentMd5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const checksum = expected.checksum && running && verifyChecksum(expected.checksum, running.digest(), trailers);
  return { size, md5: digest.toString('hex'), checksum };
}

function checkGrowth(size: number, { length, maxLength }: BodyExpectations): void {
  if (length !== undefined && size > length) throw incomplete();
  if (maxLength !== undefined && size > maxLength) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', { MaxSizeAllowed: `${maxLength}` });
  }
}

function verifyChecksum(expected: ExpectedChecksum, actual: string, trailers: ReadonlyMap<string, string>): Checksum {
  const { algorithm } = expected;
  if (expected.computed) return { algorithm, value: actual };
  const promised = expected.value ?? trailers.get(`x-amz-checksum-${algorithm}`);
  if (promised === undefined || !isChecksumOf(algorithm, promised)) {
    throw new S3Error(
      'MalformedTrailerError',
      'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    );
  }
  if (promised !== actual) {
    throw new S3Error('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value: actual };
}

function incomplete(): S3Error {
  return new S3Error('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
}
