import type { InputOf, MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { galleryEndpoints, SignedUploadRequest } from '@atrium/contracts/gallery';
import { DomainError, invalidField } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { MultipartUploads } from '../storage/multipart-uploads.js';
import type { SignedForm } from '../storage/signing/s3-signer.js';
import { type SignedRequest, UploadSigner } from '../storage/upload-signer.js';
import { sizeOfPart } from './part-layout.js';
import { type PartAskedFor, signPartsOf } from './signed-parts.js';
import { multipartOf, UploadAccess } from './upload-access.js';

type RequestAskedFor = InputOf<typeof galleryEndpoints.signUploadRequest>['body'];

/** What a client needs while its upload is under way. The upload's id at S3 comes from the row alone. */
@Injectable()
export class UploadRequestsService {
  constructor(
    private readonly access: UploadAccess,
    private readonly signer: UploadSigner,
    private readonly multipart: MultipartUploads,
  ) {}

  async signParts(principal: MemberPrincipal, assetId: string, parts: readonly PartAskedFor[]): Promise<OutputOf<typeof galleryEndpoints.signParts>> {
    return signPartsOf(this.signer, multipartOf(await this.access.getOpen(principal, assetId)), parts);
  }

  async listParts(principal: MemberPrincipal, assetId: string): Promise<OutputOf<typeof galleryEndpoints.listParts>> {
    const upload = multipartOf(await this.access.getOpen(principal, assetId));
    const parts = await this.multipart.findParts(upload.quarantineKey, upload.uploadId);
    if (!parts) throw new DomainError('CONFLICT', 'The parts were put together already, or the upload was aborted.');
    return {
      part_size: upload.partSize,
      part_count: Math.ceil(upload.size / upload.partSize),
      parts: parts.map(({ number, size, etag }) => ({ part_number: number, size, etag })),
    };
  }

  async signRequest(principal: MemberPrincipal, assetId: string, asked: RequestAskedFor): Promise<SignedUploadRequest> {
    const asset = await this.access.getOpen(principal, assetId);
    const { expiresAt, ...signed } = await this.signAsked(asset, asked);
    return { ...signed, expires_at: expiresAt.toISOString() };
  }

  private signAsked(asset: AssetEntity, { method, part_number: number }: RequestAskedFor): Promise<SignedRequest | SignedForm> {
    if (method !== 'PUT' && number !== undefined) throw invalidField('part_number', 'belongs to PUT alone');
    if (method === 'PUT') return this.signPut(asset, number);
    const upload = multipartOf(asset);
    if (method === 'GET') return this.signer.signListParts(upload);
    return method === 'POST' ? this.signer.signComplete(upload) : this.signer.signAbort(upload);
  }

  private async signPut(asset: AssetEntity, number: number | undefined): Promise<SignedRequest | SignedForm> {
    if (asset.uploadMethod === 'put' && number === undefined) return this.signer.signPut(asset);
    if (asset.uploadMethod === 'post' && number === undefined) return this.signer.signPost(asset);
    const upload = multipartOf(asset);
    const size = number === undefined ? undefined : sizeOfPart(upload, number);
    if (number === undefined || size === undefined) throw invalidField('part_number', 'must be a part of the file');
    const [signed] = await this.signer.signParts(upload, [{ number, size }]);
    if (!signed) throw new Error('Nothing was signed.');
    return signed;
  }
}
