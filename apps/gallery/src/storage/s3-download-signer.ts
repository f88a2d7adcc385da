import { contentDispositionOf } from './content-disposition.js';
import { DownloadSigner, type DownloadToSign, downloadUrlSeconds } from './download-signer.js';
import type { BucketAddress } from './signing/bucket-address.js';
import type { S3Signer, SignedUrl } from './signing/s3-signer.js';

/** Downloads straight from the ready bucket. */
export class S3DownloadSigner extends DownloadSigner {
  constructor(
    private readonly signer: S3Signer,
    private readonly address: BucketAddress,
  ) {
    super();
  }

  async signDownload({ readyKey, filename, contentType, disposition }: DownloadToSign): Promise<SignedUrl> {
    const query = {
      'response-content-type': contentType,
      'response-content-disposition': contentDispositionOf(filename, contentType, disposition),
      'x-id': 'GetObject',
    };
    return (await this.signer.session(downloadUrlSeconds)).url({ method: 'GET', address: this.address, key: readyKey, query });
  }
}
