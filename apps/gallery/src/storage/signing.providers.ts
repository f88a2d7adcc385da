import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '@atrium/platform/aws';
import { SECRETS_PROVIDER, type SecretsProvider } from '@atrium/platform/secrets';
import type { Provider } from '@nestjs/common';
import type { GalleryConfig } from '../config.js';
import { CloudFrontDownloadSigner } from './cloudfront-download-signer.js';
import { DownloadSigner } from './download-signer.js';
import { MultipartUploads } from './multipart-uploads.js';
import { S3DownloadSigner } from './s3-download-signer.js';
import { type AddressSettings, resolveBucketAddress } from './signing/bucket-address.js';
import { S3Signer } from './signing/s3-signer.js';
import { UploadSigner } from './upload-signer.js';

const S3_CLIENT = Symbol('S3Client');

const addressOf = (config: GalleryConfig): AddressSettings => ({
  region: config.AWS_REGION,
  publicEndpoint: config.S3_PUBLIC_ENDPOINT,
  forcePathStyle: config.S3_FORCE_PATH_STYLE,
});

async function downloadSigner(config: GalleryConfig, signer: S3Signer, secrets: SecretsProvider): Promise<DownloadSigner> {
  const { DOWNLOADS_URL: url, DOWNLOADS_KEY_SECRET_ID: keySecretId } = config;
  if (url !== undefined && keySecretId !== undefined) return new CloudFrontDownloadSigner(secrets, { url, keySecretId });
  return new S3DownloadSigner(signer, await resolveBucketAddress(config.READY_BUCKET, addressOf(config)));
}

/** How the API reaches S3: it signs for clients, and steers uploads in parts. */
export const signingProviders = (config: GalleryConfig): Provider[] => [
  {
    provide: S3_CLIENT,
    useFactory: () => createS3Client({ region: config.AWS_REGION, forcePathStyle: config.S3_FORCE_PATH_STYLE }),
  },
  {
    provide: S3Signer,
    inject: [S3_CLIENT],
    // The SDK's own chain, which knows the role of a task and renews its credentials.
    useFactory: (client: S3Client) => new S3Signer({ region: config.AWS_REGION, credentials: () => client.config.credentials() }),
  },
  {
    provide: UploadSigner,
    inject: [S3Signer],
    useFactory: async (signer: S3Signer) => new UploadSigner(signer, await resolveBucketAddress(config.QUARANTINE_BUCKET, addressOf(config))),
  },
  {
    provide: MultipartUploads,
    inject: [S3_CLIENT],
    useFactory: (client: S3Client) => new MultipartUploads(client, config.QUARANTINE_BUCKET),
  },
  {
    provide: DownloadSigner,
    inject: [S3Signer, SECRETS_PROVIDER],
    useFactory: (signer: S3Signer, secrets: SecretsProvider) => downloadSigner(config, signer, secrets),
  },
];
