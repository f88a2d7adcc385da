import { S3Error } from '../protocol/s3-error.js';
import type { S3Request } from '../protocol/s3-request.js';
import { readAuthorizationHeader } from './authorization-header.js';
import { canonicalRequest } from './canonical-request.js';
import { isPresigned, readPresignedRequest } from './presigned-request.js';
import type { SignatureClaim } from './signature-claim.js';
import { equalInConstantTime, signCanonicalRequest } from './signing-key.js';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Set when the credentials are temporary ones; requests must then carry it. */
  readonly sessionToken?: string;
}

export interface SigV4Settings {
  readonly credentials: S3Credentials;
  readonly region: string;
}

/**
 * Verifies the signature of a request in either of SigV4's forms.
 *
 * @param now milliseconds since the epoch
 * @returns the payload hash that was signed, which the body must now live up to
 * @throws S3Error what S3 answers to a request that isn't signed, or isn't signed rightly
 */
export function verifySigV4(request: S3Request, settings: SigV4Settings, now: number): string {
  const claim = readClaim(request, now);
  checkCredential(claim, settings, isPresigned(request));
  checkEveryAmzHeaderIsSigned(request, claim);
  checkSignature(request, claim, settings.credentials.secretAccessKey);
  return claim.payloadHash;
}

function readClaim(request: S3Request, now: number): SignatureClaim {
  const authorization = request.headers.get('authorization');
  if (authorization !== undefined && isPresigned(request)) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
    );
  }
  if (authorization !== undefined) return readAuthorizationHeader(request, authorization, now);
  if (isPresigned(request)) return readPresignedRequest(request, now);
  throw new S3Error('AccessDenied', 'Access Denied');
}

/** Checks whose key it is and what it may be used for; the signature then proves that they hold it. */
export function checkCredential(
  claim: Pick<SignatureClaim, 'accessKeyId' | 'scope' | 'timestamp' | 'sessionToken'>,
  { credentials, region }: SigV4Settings,
  presigned: boolean,
): void {
  if (!equalInConstantTime(claim.accessKeyId, credentials.accessKeyId)) {
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  }
  if (claim.sessionToken !== credentials.sessionToken) {
    throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
  const code = presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed';
  if (claim.scope.region !== region) {
    throw new S3Error(code, `The region '${claim.scope.region}' is wrong; expecting '${region}'`, { Region: region });
  }
  if (claim.scope.service !== 's3') throw new S3Error(code, 'The Credential names the wrong service; this endpoint belongs to "s3".');
  if (!claim.timestamp.startsWith(`${claim.scope.date}T`)) {
    throw new S3Error(code, "The Credential's date differs from the request's date.");
  }
}

/** S3 obeys `x-amz-*` headers, so one that the signer didn't sign could be an attacker's. */
function checkEveryAmzHeaderIsSigned(request: S3Request, claim: SignatureClaim): void {
  const unsigned = [...request.headers.keys()].filter((name) => name.startsWith('x-amz-') && !claim.signedHeaders.includes(name));
  if (unsigned.length === 0) return;
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: unsigned.join(', '),
  });
}

function checkSignature(request: S3Request, claim: SignatureClaim, secretAccessKey: string): void {
  const canonical = canonicalRequest(request, claim.signedHeaders, claim.payloadHash);
  const expected = signCanonicalRequest(canonical, claim.timestamp, claim.scope, secretAccessKey);
  const everyHeaderSent = claim.signedHeaders.every((name) => request.headers.has(name));
  if (equalInConstantTime(claim.signature, expected) && everyHeaderSent) return;
  throw new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}
