import type { S3Client } from '@aws-sdk/client-s3';
import type { Asset } from '@atrium/contracts/gallery';
import { contentDispositionOf } from './content-disposition.js';

export interface PresignedUrlSettings {
  readonly region: string;
  /** S3 as clients reach it; AWS's own where unset. */
  readonly publicEndpoint: string | undefined;
  readonly forcePathStyle: boolean;
  readonly quarantineBucket: string;
  readonly readyBucket: string;
}

export interface UploadToSign {
  readonly quarantineKey: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

export interface DownloadToSign {
  readonly readyKey: string;
  readonly filename: string;
  readonly contentType: Asset['content_type'];
  readonly disposition: 'attachment' | 'inline';
  /** The URL works no longer than until then, however short that is. */
  readonly notAfter?: Date;
}

export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Seconds from the signature to the start of the request; a transfer under way may take longer. */
const uploadUrlSeconds = 15 * 60;
const downloadUrlSeconds = 5 * 60;

/** Signs URLs by which clients talk to S3 directly (AWS Signature Version 4, query form). Makes no request itself. */
export class PresignedUrls {
  private constructor(
    private readonly client: S3Client,
    private readonly settings: PresignedUrlSettings,
  ) {}

  static async create(settings: PresignedUrlSettings): Promise<PresignedUrls> {
    const { S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      region: settings.region,
      forcePathStyle: settings.forcePathStyle,
      ...(settings.publicEndpoint === undefined ? {} : { endpoint: settings.publicEndpoint }),
      // Else the checksum of an empty body would be signed.
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    return new PresignedUrls(client, settings);
  }

  /**
   * A PUT that S3 refuses unless type, length and SHA-256 are as declared and the key is free. `headers` are what the
   * client sends beside Content-Length, which is signed too, but which HTTP clients set by the body and browsers
   * forbid to set.
   */
  async signUpload(upload: UploadToSign): Promise<SignedUrl & { readonly headers: Record<string, string> }> {
    const { PutObjectCommand, getSignedUrl } = await loadSigner();
    const checksum = Buffer.from(upload.sha256, 'hex').toString('base64');
    const command = new PutObjectCommand({
      Bucket: this.settings.quarantineBucket,
      Key: upload.quarantineKey,
      ContentType: upload.contentType,
      ContentLength: upload.size,
      ChecksumSHA256: checksum,
      IfNoneMatch: '*',
    });
    const { signingDate, expiresAt } = validity(uploadUrlSeconds);
    const url = await getSignedUrl(this.client, command, {
      expiresIn: uploadUrlSeconds,
      signingDate,
      signableHeaders: new Set(['content-type']),
      // As a header, so that what is sent is what was signed.
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    });
    const headers = { 'content-type': upload.contentType, 'x-amz-checksum-sha256': checksum, 'if-none-match': '*' };
    return { url, headers, expiresAt };
  }

  async signDownload({ readyKey, filename, contentType, disposition, notAfter }: DownloadToSign): Promise<SignedUrl> {
    const { GetObjectCommand, getSignedUrl } = await loadSigner();
    const command = new GetObjectCommand({
      Bucket: this.settings.readyBucket,
      Key: readyKey,
      ResponseContentType: contentType,
      ResponseContentDisposition: contentDispositionOf(filename, contentType, disposition),
    });
    const seconds = notAfter ? Math.min(downloadUrlSeconds, Math.max(1, Math.floor((notAfter.getTime() - Date.now()) / 1000))) : downloadUrlSeconds;
    const { signingDate, expiresAt } = validity(seconds);
    const url = await getSignedUrl(this.client, command, { expiresIn: seconds, signingDate });
    return { url, expiresAt };
  }
}

async function loadSigner() {
  const [{ GetObjectCommand, PutObjectCommand }, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  return { GetObjectCommand, PutObjectCommand, getSignedUrl };
}

/** SigV4 counts whole seconds. */
function validity(seconds: number): { readonly signingDate: Date; readonly expiresAt: Date } {
  const signingDate = new Date(Math.floor(Date.now() / 1000) * 1000);
  return { signingDate, expiresAt: new Date(signingDate.getTime() + seconds * 1000) };
}
