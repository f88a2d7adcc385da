import { createHmac, hash } from 'node:crypto';
import type { BucketAddress } from './bucket-address.js';
import type { SigningScope } from './signing-scope.js';
import { encodeKey, encodeUri } from './uri-encoding.js';

export interface RequestToSign {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly address: BucketAddress;
  readonly key: string;
  /** What must be sent exactly so, besides the host; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Beside the signature's own parameters, after which their names sort: they begin in lower case. */
  readonly query?: Readonly<Record<string, string>>;
}

export interface Validity {
  /** YYYYMMDDTHHMMSSZ */
  readonly timestamp: string;
  readonly seconds: number;
}

/**
 * A URL that carries its own signature (SigV4, query form; S3 API reference, "Authenticating requests: using query
 * parameters"). The body is not signed: checksums are, as headers. Byte for byte what the SDK's `getSignedUrl` makes.
 */
export function presignedUrl(request: RequestToSign, scope: SigningScope, validity: Validity): string {
  const { address } = request;
  const headers = Object.entries({ ...request.headers, host: address.host }).sort(byName);
  const signedHeaders = headers.map(([name]) => name).join('%3B');
  const path = address.pathPrefix + encodeKey(request.key);
  const head =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
    `${scope.encoded.credential}&X-Amz-Date=${validity.timestamp}&X-Amz-Expires=${validity.seconds}${scope.encoded.sessionToken}`;
  const tail = `&X-Amz-SignedHeaders=${signedHeaders}${queryText(request.query)}`;
  const canonical =
    `${request.method}\n${path}\n${head}${tail}\n` +
    headers.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, ' ')}\n`).join('') +
    `\n${signedHeaders.replaceAll('%3B', ';')}\nUNSIGNED-PAYLOAD`;
  const toSign = `AWS4-HMAC-SHA256\n${validity.timestamp}\n${scope.name}\n${hash('sha256', canonical, 'hex')}`;
  const signature = createHmac('sha256', scope.key).update(toSign).digest('hex');
  return `${address.origin}${path}?${head}&X-Amz-Signature=${signature}${tail}`;
}

const queryText = (query: RequestToSign['query']): string =>
  query === undefined
    ? ''
    : Object.entries(query)
        .sort(byName)
        .map(([name, value]) => `&${encodeUri(name)}=${encodeUri(value)}`)
        .join('');

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
