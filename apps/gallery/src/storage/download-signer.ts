import type { Asset } from '@atrium/contracts/gallery';
import type { SignedUrl } from './signing/s3-signer.js';

export interface DownloadToSign {
  /** In the ready bucket: of the file, or of a copy that was made of it. */
  readonly readyKey: string;
  readonly filename: string;
  /** Of that object. */
  readonly contentType: Asset['content_type'];
  readonly disposition: 'attachment' | 'inline';
  /** The URL works no longer than until then, however short that is. */
  readonly notAfter?: Date | undefined;
}

/** Signs URLs by which clients fetch files that were verified, whole or by ranges. Also the dependency-injection token. */
export abstract class DownloadSigner {
  abstract signDownload(download: DownloadToSign): Promise<SignedUrl>;
}

/** From the signature to the start of the request; a transfer under way may take longer. */
const downloadUrlSeconds = 5 * 60;

/** How long the URL of a download lasts, at least a second. @param now milliseconds since the epoch */
export const downloadSeconds = ({ notAfter }: DownloadToSign, now: number): number =>
  notAfter === undefined ? downloadUrlSeconds : Math.max(1, Math.min(downloadUrlSeconds, Math.floor((notAfter.getTime() - now) / 1000)));
