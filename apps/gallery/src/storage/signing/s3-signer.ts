import { type BucketAddress, formUrlOf } from './bucket-address.js';
import type { Clock } from './clock.js';
import { type FormToSign, signedForm } from './post-form.js';
import { presignedUrl, type RequestToSign } from './presigned-url.js';
import { type AwsCredentials, SigningCredentials, type CredentialsProvider } from './signing-credentials.js';
import { type SigningScope, SigningScopes } from './signing-scope.js';

export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

export interface SignedForm extends SignedUrl {
  readonly fields: Record<string, string>;
}

/** Signs for S3 with the credentials of this process as they are at the time. Makes no request itself. */
export class S3Signer {
  private readonly credentials: SigningCredentials;
  private readonly scopes: SigningScopes;
  /** Of this second, by length. */
  private readonly sessions = new Map<number, SigningSession>();

  constructor(
    settings: { readonly region: string; readonly credentials: CredentialsProvider },
    private readonly now: Clock = Date.now,
  ) {
    this.credentials = new SigningCredentials(settings.credentials, now);
    this.scopes = new SigningScopes(settings.region);
  }

  /** One moment's signatures: whoever makes many of them waits for credentials once. */
  session(seconds: number): SigningSession | Promise<SigningSession> {
    const credentials = this.credentials.current();
    return credentials instanceof Promise ? credentials.then((held) => this.begin(held, seconds)) : this.begin(credentials, seconds);
  }

  private begin(credentials: AwsCredentials, seconds: number): SigningSession {
    // SigV4 counts whole seconds.
    const signedAt = Math.floor(this.now() / 1000);
    const end = credentials.expiration === undefined ? Infinity : Math.floor(credentials.expiration.getTime() / 1000);
    const lasting = Math.min(seconds, end - signedAt);
    if (lasting < 1) throw new Error('The credentials to sign with have ended.');
    const known = this.sessions.get(lasting);
    if (known?.isOf(credentials, signedAt)) return known;
    const session = new SigningSession(this.scopes.of(credentials, timestampOf(signedAt).slice(0, 8)), credentials, signedAt, lasting);
    // Two lengths are in use; what is left of credentials makes up to as many as it has seconds.
    if (this.sessions.size > 16) this.sessions.clear();
    this.sessions.set(lasting, session);
    return session;
  }
}

/** Signatures of one second; none outlives the credentials that it was made with. */
export class SigningSession {
  readonly expiresAt: Date;
  private readonly timestamp: string;

  constructor(
    private readonly scope: SigningScope,
    private readonly credentials: AwsCredentials,
    private readonly signedAt: number,
    private readonly seconds: number,
  ) {
    this.timestamp = timestampOf(signedAt);
    this.expiresAt = new Date((signedAt + seconds) * 1000);
  }

  isOf(credentials: AwsCredentials, signedAt: number): boolean {
    return this.credentials === credentials && this.signedAt === signedAt;
  }

  url(request: RequestToSign): SignedUrl {
    const { timestamp, seconds, expiresAt } = this;
    return { url: presignedUrl(request, this.scope, { timestamp, seconds }), expiresAt };
  }

  form(address: BucketAddress, form: Omit<FormToSign, 'bucket'>): SignedForm {
    const fields = signedForm({ ...form, bucket: address.bucket }, this.scope, this.timestamp, this.expiresAt);
    return { url: formUrlOf(address), fields, expiresAt: this.expiresAt };
  }
}

/** YYYYMMDDTHHMMSSZ */
const timestampOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '');
