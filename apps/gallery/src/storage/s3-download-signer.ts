import { contentDispositionOf } from './content-disposition.js';
import { DownloadSigner, type DownloadToSign, downloadSeconds } from './download-signer.js';
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

  async signDownload(download: DownloadToSign): Promise<SignedUrl> {
    const { readyKey, filename, contentType, disposition } = download;
    const query = {
      'response-content-type': contentType,
      'response-content-disposition': contentDispositionOf(filename, contentType, disposition),
      'x-id': 'GetObject',
    };
    const session = await this.signer.session(downloadSeconds(download, Date.now()));
    return session.url({ method: 'GET', address: this.address, key: readyKey, query });
  }
}
