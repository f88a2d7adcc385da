import type { SecretsProvider } from '@atrium/platform/secrets';
import { z } from 'zod';
import { contentDispositionOf } from './content-disposition.js';
import { DownloadSigner, type DownloadToSign, downloadSeconds } from './download-signer.js';
import type { Clock } from './signing/clock.js';
import type { SignedUrl } from './signing/s3-signer.js';
import { encodeKey, encodeUri } from './signing/uri-encoding.js';

export interface CloudFrontSettings {
  /** Base URL of the distribution, without a path. */
  readonly url: string;
  readonly keySecretId: string;
}

/** A key of the distribution's key group: RSA 2048 or ECDSA P-256, as PEM. Id and key change together. */
const keyPair = z.object({ key_pair_id: z.string().min(1), private_key: z.string().includes('PRIVATE KEY') });

/**
 * Downloads through CloudFront (developer guide, "Create a signed URL using a canned policy"). The policy is the whole URL,
 * so that the disposition is signed with it; the distribution has to forward `response-content-*` to S3 and to key its
 * cache by them. The key is asked for each time: the provider caches it, and follows its rotation.
 */
export class CloudFrontDownloadSigner extends DownloadSigner {
  constructor(
    private readonly secrets: SecretsProvider,
    private readonly settings: CloudFrontSettings,
    private readonly now: Clock = Date.now,
  ) {
    super();
  }

  async signDownload(download: DownloadToSign): Promise<SignedUrl> {
    const { readyKey, filename, contentType, disposition } = download;
    const { getSignedUrl } = await import('@aws-sdk/cloudfront-signer');
    const { key_pair_id: keyPairId, private_key: privateKey } = await this.secrets.getJson(this.settings.keySecretId, keyPair);
    const expiresAt = new Date((Math.floor(this.now() / 1000) + downloadSeconds(download, this.now())) * 1000);
    const query =
      `response-content-disposition=${encodeUri(contentDispositionOf(filename, contentType, disposition))}` +
      `&response-content-type=${encodeUri(contentType)}`;
    const url = `${new URL(this.settings.url).origin}/${encodeKey(readyKey)}?${query}`;
    return { url: getSignedUrl({ url, keyPairId, privateKey, dateLessThan: expiresAt.toISOString() }), expiresAt };
  }
}
