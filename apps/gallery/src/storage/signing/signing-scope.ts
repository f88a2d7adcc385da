import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { AwsCredentials } from './signing-credentials.js';
import { encodeUri } from './uri-encoding.js';

/** What signatures of one day are made with (SigV4, "Create a signed AWS API request", step 3). */
export interface SigningScope {
  /** An object rather than bytes: an HMAC with bytes takes several times as long. */
  readonly key: KeyObject;
  /** `date/region/s3/aws4_request` */
  readonly name: string;
  /** The access key's id and the scope, as a signed request names them. */
  readonly credential: string;
  readonly sessionToken: string | undefined;
  /** The same two, as a query holds them. */
  readonly encoded: { readonly credential: string; readonly sessionToken: string };
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function deriveScope({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials, date: string, region: string): SigningScope {
  const name = `${date}/${region}/s3/aws4_request`;
  const key = name.split('/').reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
  const credential = `${accessKeyId}/${name}`;
  return {
    key: createSecretKey(Buffer.from(key)),
    name,
    credential,
    sessionToken,
    encoded: {
      credential: `&X-Amz-Credential=${encodeUri(credential)}`,
      sessionToken: sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeUri(sessionToken)}`,
    },
  };
}

const sameSecret = (a: AwsCredentials, b: AwsCredentials): boolean =>
  a === b || (a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey && a.sessionToken === b.sessionToken);

/** Derives the key of a day, a region and a secret once: that takes four of a signature's five HMACs. */
export class SigningScopes {
  private latest: { readonly credentials: AwsCredentials; readonly date: string; readonly scope: SigningScope } | undefined;

  constructor(private readonly region: string) {}

  /** @param date YYYYMMDD */
  of(credentials: AwsCredentials, date: string): SigningScope {
    const { latest } = this;
    if (latest?.date === date && sameSecret(latest.credentials, credentials)) return latest.scope;
    const scope = deriveScope(credentials, date, this.region);
    this.latest = { credentials, date, scope };
    return scope;
  }
}
