import { createHash, randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { resolveBucketAddress } from '../../src/storage/signing/bucket-address.js';
import { S3Signer } from '../../src/storage/signing/s3-signer.js';
import { S3DownloadSigner } from '../../src/storage/s3-download-signer.js';
import { type MultipartToSign, type SignedRequest, UploadSigner, type UploadToSign } from '../../src/storage/upload-signer.js';

export const region = 'us-east-1';
export const bucket = 'conformance';

export interface Endpoint {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export const content = Buffer.from('the bytes of a file');
export const otherContent = Buffer.from('THE BYTES OF A FILE');
export const sha256 = (bytes: Buffer, encoding: 'hex' | 'base64' = 'base64'): string => createHash('sha256').update(bytes).digest(encoding);
export const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

/** An S3, and this service's signers for it: now, in the past and by a stranger. */
export class Subject {
  readonly client: S3Client;

  private constructor(
    endpoint: Endpoint,
    readonly uploads: UploadSigner,
    readonly downloads: S3DownloadSigner,
    readonly expired: { readonly uploads: UploadSigner; readonly downloads: S3DownloadSigner },
    readonly stranger: UploadSigner,
  ) {
    this.client = new S3Client({ ...endpoint, region, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
  }

  static async open(endpoint: Endpoint): Promise<Subject> {
    const address = await resolveBucketAddress(bucket, { region, publicEndpoint: endpoint.endpoint, forcePathStyle: true });
    const signer = (credentials: Endpoint['credentials'], agoMs = 0) =>
      new S3Signer({ region, credentials: () => Promise.resolve(credentials) }, () => Date.now() - agoMs);
    const now = signer(endpoint.credentials);
    const hourAgo = signer(endpoint.credentials, 3_600_000);
    const subject = new Subject(
      endpoint,
      new UploadSigner(now, address),
      new S3DownloadSigner(now, address),
      { uploads: new UploadSigner(hourAgo, address), downloads: new S3DownloadSigner(hourAgo, address) },
      new UploadSigner(signer({ ...endpoint.credentials, secretAccessKey: 'of somebody else' }), address),
    );
    await subject.client.send(new CreateBucketCommand({ Bucket: bucket }));
    return subject;
  }

  newFile(bytes = content): UploadToSign {
    return { quarantineKey: `quarantine/${randomUUID()}`, contentType: 'image/png', size: bytes.length, sha256: sha256(bytes, 'hex') };
  }

  async newObject(): Promise<string> {
    const Key = `ready/${randomUUID()}`;
    await this.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: content }));
    return Key;
  }

  async newMultipart(): Promise<MultipartToSign> {
    const Key = `quarantine/${randomUUID()}`;
    const { UploadId = '' } = await this.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ContentType: 'image/png' }));
    return { quarantineKey: Key, uploadId: UploadId };
  }

  close(): void {
    this.client.destroy();
  }
}

/** Status and body of an answer. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export async function send({ url, headers = {} }: Partial<SignedRequest> & { url: string }, method: string, body?: Buffer | string): Promise<Answer> {
  const answer = await fetch(url, { method, headers, body: body === undefined ? null : new Uint8Array(Buffer.from(body)) });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

export async function sendForm(url: string, fields: Record<string, string>, bytes: Buffer): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'a.png');
  const answer = await fetch(url, { method: 'POST', body: form });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

export const without = (record: Record<string, string>, ...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
