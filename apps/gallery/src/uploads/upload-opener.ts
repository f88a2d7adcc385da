import type { PresignedUpload } from '@atrium/contracts/gallery';
import { Injectable } from '@nestjs/common';
import type { UploadMethod } from '../assets/asset.entity.js';
import { MultipartUploads } from '../storage/multipart-uploads.js';
import { UploadSigner, type UploadToSign } from '../storage/upload-signer.js';
import { partLayoutOf } from './part-layout.js';
import { firstParts, signPartsOf } from './signed-parts.js';
import { multipartDeadline, uploadDeadline } from './upload-deadline.js';

/** A way by which the bytes of one file may come: what its row keeps of it, and what its client is told. */
export interface OpenedUpload {
  readonly uploadId: string | null;
  readonly partSize: number | null;
  /** When it is given up. */
  readonly expiresAt: Date;
  readonly answer: PresignedUpload;
}

@Injectable()
export class UploadOpener {
  constructor(
    private readonly signer: UploadSigner,
    private readonly multipart: MultipartUploads,
  ) {}

  /** Asks S3 for something only where the upload is `multipart`. */
  open(method: UploadMethod, assetId: string, file: UploadToSign): Promise<OpenedUpload> {
    if (method === 'multipart') return this.openMultipart(assetId, file);
    return method === 'post' ? this.openPost(assetId, file) : this.openPut(assetId, file);
  }

  /** Undoes an opening that came to nothing. */
  async discard(file: UploadToSign, { uploadId }: OpenedUpload): Promise<void> {
    if (uploadId !== null) await this.multipart.abort(file.quarantineKey, uploadId);
  }

  private async openPut(assetId: string, file: UploadToSign): Promise<OpenedUpload> {
    const { url, headers, expiresAt } = await this.signer.signPut(file);
    return {
      uploadId: null,
      partSize: null,
      expiresAt: uploadDeadline(expiresAt, file.size),
      answer: { asset_id: assetId, method: 'PUT', url, headers, expires_at: expiresAt.toISOString() },
    };
  }

  private async openPost(assetId: string, file: UploadToSign): Promise<OpenedUpload> {
    const { url, fields, expiresAt } = await this.signer.signPost(file);
    return {
      uploadId: null,
      partSize: null,
      expiresAt: uploadDeadline(expiresAt, file.size),
      answer: { asset_id: assetId, method: 'POST', url, fields, expires_at: expiresAt.toISOString() },
    };
  }

  private async openMultipart(assetId: string, file: UploadToSign): Promise<OpenedUpload> {
    const { partSize, partCount } = partLayoutOf(file.size);
    const uploadId = await this.multipart.begin(file.quarantineKey, file.contentType);
    const { parts, expires_at } = await signPartsOf(this.signer, { ...file, uploadId, partSize }, firstParts(partCount));
    const layout = { part_size: partSize, part_count: partCount, parts };
    return {
      uploadId,
      partSize,
      expiresAt: multipartDeadline(new Date(), file.size),
      answer: { asset_id: assetId, method: 'MULTIPART', ...layout, expires_at },
    };
  }
}
