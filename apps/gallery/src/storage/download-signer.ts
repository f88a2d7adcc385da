import type { Asset } from '@atrium/contracts/gallery';
import type { SignedUrl } from './signing/s3-signer.js';

export interface DownloadToSign {
  /** In the ready bucket: of the file, or of a copy that was made of it. */
  readonly readyKey: string;
  readonly filename: string;
  /** Of that object. */
  readonly contentType: Asset['content_type'];
  readonly disposition: 'attachment' | 'inline';
}

/** Signs URLs by which clients fetch files that were verified, whole or by ranges. Also the dependency-injection token. */
export abstract class DownloadSigner {
  abstract signDownload(download: DownloadToSign): Promise<SignedUrl>;
}

/** From the signature to the start of the request; a transfer under way may take longer. */
export const downloadUrlSeconds = 5 * 60;
