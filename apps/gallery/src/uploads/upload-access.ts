import type { MemberPrincipal } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import { requireMayComplete } from '../assets/asset.policy.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { isOpen } from '../assets/asset.state.js';

/** Finds uploads for those who may go on with them. */
@Injectable()
export class UploadAccess {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
  ) {}

  /** @throws NOT_FOUND, also of what somebody else uploads; FORBIDDEN */
  async get(principal: MemberPrincipal, assetId: string): Promise<AssetEntity> {
    const asset = await this.database.inTenant(principal.orgId, (tx) => this.assets.find(tx, assetId));
    if (!asset) throw notFound('upload');
    requireMayComplete(principal, asset);
    return asset;
  }

  /** As {@link get}. @throws CONFLICT when the upload has ended */
  async getOpen(principal: MemberPrincipal, assetId: string): Promise<AssetEntity> {
    const asset = await this.get(principal, assetId);
    if (!isOpen(asset.status)) throw new DomainError('CONFLICT', `The upload has ended: the file is ${asset.status}.`);
    if (asset.expiresAt.getTime() <= Date.now()) throw new DomainError('CONFLICT', 'The upload has expired. Begin a new one.');
    return asset;
  }
}

/** An upload in parts. */
export interface Multipart {
  readonly quarantineKey: string;
  readonly uploadId: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Bytes of every part but the last. */
  readonly partSize: number;
}

/** @throws CONFLICT when the upload has no parts */
export function multipartOf({ quarantineKey, uploadId, size, partSize }: AssetEntity): Multipart {
  if (uploadId === null || partSize === null) throw new DomainError('CONFLICT', 'This upload was not begun as multipart.');
  return { quarantineKey, uploadId, size, partSize };
}
