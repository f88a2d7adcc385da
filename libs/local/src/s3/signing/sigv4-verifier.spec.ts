import { describe, expect, it } from 'vitest';
import { readS3Request } from '../protocol/s3-request.js';
import { verifySigV4 } from './sigv4-verifier.js';

const now = Date.UTC(2026, 0, 1);
const settings = { credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' }, region: 'us-east-1' };
const signature = 'a'.repeat(64);
const query: Record<string, string> = {
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Credential': 'AKID/20260101/us-east-1/s3/aws4_request',
  'X-Amz-Date': '20260101T000000Z',
  'X-Amz-Expires': '60',
  'X-Amz-SignedHeaders': 'host',
  'X-Amz-Signature': signature,
};

function codeOf(parameters: Record<string, string>, headers: string[] = []): string {
  const url = `/bucket/key?${new URLSearchParams(parameters).toString()}`;
  try {
    verifySigV4(readS3Request({ method: 'GET', url, rawHeaders: ['Host', 'localhost', ...headers] }), settings, now);
    return 'accepted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

describe('a presigned request', () => {
  it.each([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA1', 'AuthorizationQueryParametersError'],
    ['X-Amz-Credential', 'AKID/20260101/us-east-1/s3', 'AuthorizationQueryParametersError'],
    ['X-Amz-Credential', 'AKID/20260101/us-east-1/sqs/aws4_request', 'AuthorizationQueryParametersError'],
    ['X-Amz-Credential', 'AKID/20260102/us-east-1/s3/aws4_request', 'AuthorizationQueryParametersError'],
    ['X-Amz-Credential', 'AKID/20260101/eu-west-1/s3/aws4_request', 'AuthorizationQueryParametersError'],
    ['X-Amz-Credential', 'OTHER/20260101/us-east-1/s3/aws4_request', 'InvalidAccessKeyId'],
    ['X-Amz-Date', '2026-01-01', 'AuthorizationQueryParametersError'],
    ['X-Amz-Date', '20260101T001501Z', 'AccessDenied'],
    ['X-Amz-Expires', '604801', 'AuthorizationQueryParametersError'],
    ['X-Amz-Expires', '-1', 'AuthorizationQueryParametersError'],
    ['X-Amz-Expires', '1e3', 'AuthorizationQueryParametersError'],
    ['X-Amz-SignedHeaders', 'range', 'AccessDenied'],
    ['X-Amz-SignedHeaders', 'range;host', 'AuthorizationQueryParametersError'],
    ['X-Amz-SignedHeaders', 'host;host', 'AuthorizationQueryParametersError'],
    ['X-Amz-Signature', signature.toUpperCase(), 'AuthorizationQueryParametersError'],
    ['X-Amz-Signature', signature, 'SignatureDoesNotMatch'],
    ['X-Amz-Security-Token', 'token', 'InvalidToken'],
  ])('with %s %s is answered %s', (name, value, code) => {
    expect(codeOf({ ...query, [name]: value })).toBe(code);
  });

  it.each(Object.keys(query))('without %s is malformed', (name) => {
    const { [name]: _removed, ...rest } = query;
    expect(codeOf(rest)).toBe('AuthorizationQueryParametersError');
  });

  it('may not carry an Authorization header as well', () => {
    expect(codeOf(query, ['Authorization', 'AWS4-HMAC-SHA256 x'])).toBe('InvalidArgument');
  });
});

describe('a header-signed request', () => {
  const credential = query['X-Amz-Credential'] ?? '';
  const signedHeaders = 'host;x-amz-content-sha256;x-amz-date';
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  const date = ['x-amz-date', '20260101T000000Z'];
  const hash = ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'];

  it.each([
    ['is refused when the signature is another’s', [authorization], [...date, ...hash], 'SignatureDoesNotMatch'],
    ['needs x-amz-content-sha256', [authorization], date, 'InvalidRequest'],
    ['needs x-amz-date', [authorization], hash, 'AccessDenied'],
    ['may be 15 minutes old at most', [authorization], [...hash, 'x-amz-date', '20251231T234459Z'], 'RequestTimeTooSkewed'],
    ['must sign its x-amz headers', [authorization], [...date, ...hash, 'x-amz-acl', 'public-read'], 'AccessDenied'],
    ['must use SigV4', ['AWS AKID:signature'], [...date, ...hash], 'InvalidRequest'],
    ['must be well-formed', ['AWS4-HMAC-SHA256 Credential=AKID'], [...date, ...hash], 'AuthorizationHeaderMalformed'],
  ])('%s', (_name, header, headers, code) => {
    expect(codeOf({}, ['Authorization', ...header, ...headers])).toBe(code);
  });

  it('is required', () => {
    expect(codeOf({})).toBe('AccessDenied');
  });
});
