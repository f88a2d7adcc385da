import type { Asset } from '@atrium/contracts/gallery';
import type { BucketAddress } from './signing/bucket-address.js';
import type { S3Signer, SignedForm, SignedUrl, SigningSession } from './signing/s3-signer.js';

export interface UploadToSign {
  readonly quarantineKey: string;
  readonly contentType: Asset['content_type'];
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

/** A multipart upload that S3 knows. */
export interface MultipartToSign {
  readonly quarantineKey: string;
  readonly uploadId: string;
}

export interface PartToSign {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Base64. */
  readonly md5?: string | undefined;
}

/** What is to be sent by the method that was asked for, with just these headers. */
export interface SignedRequest extends SignedUrl {
  readonly headers: Record<string, string>;
}

/** Seconds from the signature to the start of the request; a transfer under way may take longer. */
const uploadUrlSeconds = 15 * 60;

/**
 * Signs what a client may send to quarantine, as narrowly as S3 can be told. Content-Length is signed too, but not among
 * the headers to send: HTTP clients set it by the body, and browsers forbid to.
 */
export class UploadSigner {
  constructor(
    private readonly signer: S3Signer,
    private readonly address: BucketAddress,
  ) {}

  /** A PUT that S3 refuses unless type, length and SHA-256 are as declared and the key is free. */
  async signPut({ quarantineKey, contentType, size, sha256 }: UploadToSign): Promise<SignedRequest> {
    const headers = { 'content-type': contentType, 'x-amz-checksum-sha256': base64Of(sha256), 'if-none-match': '*' };
    const signed = (await this.session()).url({
      method: 'PUT',
      address: this.address,
      key: quarantineKey,
      headers: { ...headers, 'content-length': `${size}` },
      query: { 'x-id': 'PutObject' },
    });
    return { ...signed, headers };
  }

  /**
   * A form that S3 refuses unless it holds the declared type and SHA-256 and a file of that length and sum. S3 has no
   * If-None-Match for forms: one may be sent again, but only with the same bytes.
   */
  async signPost({ quarantineKey, contentType, size, sha256 }: UploadToSign): Promise<SignedForm> {
    const fields = { 'Content-Type': contentType, 'x-amz-checksum-sha256': base64Of(sha256) };
    return (await this.session()).form(this.address, { key: quarantineKey, fields, size });
  }

  /** PUTs of parts, of just these lengths and, where given, MD5 sums. */
  async signParts(upload: MultipartToSign, parts: readonly PartToSign[]): Promise<SignedRequest[]> {
    const session = await this.session();
    return parts.map(({ number, size, md5 }) => {
      const headers: Record<string, string> = md5 === undefined ? {} : { 'content-md5': md5 };
      const signed = session.url({
        ...this.ofUpload(upload, 'PUT', { partNumber: `${number}`, 'x-id': 'UploadPart' }),
        headers: { ...headers, 'content-length': `${size}` },
      });
      return { ...signed, headers };
    });
  }

  async signListParts(upload: MultipartToSign): Promise<SignedRequest> {
    return { ...(await this.session()).url(this.ofUpload(upload, 'GET', { 'x-id': 'ListParts' })), headers: {} };
  }

  /** Refused by S3 where the key has an object already. */
  async signComplete(upload: MultipartToSign): Promise<SignedRequest> {
    const headers = { 'if-none-match': '*' };
    return { ...(await this.session()).url({ ...this.ofUpload(upload, 'POST', {}), headers }), headers };
  }

  async signAbort(upload: MultipartToSign): Promise<SignedRequest> {
    return { ...(await this.session()).url(this.ofUpload(upload, 'DELETE', { 'x-id': 'AbortMultipartUpload' })), headers: {} };
  }

  private session(): SigningSession | Promise<SigningSession> {
    return this.signer.session(uploadUrlSeconds);
  }

  private ofUpload({ quarantineKey, uploadId }: MultipartToSign, method: 'GET' | 'PUT' | 'POST' | 'DELETE', query: Record<string, string>) {
    return { method, address: this.address, key: quarantineKey, query: { ...query, uploadId } };
  }
}

const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
