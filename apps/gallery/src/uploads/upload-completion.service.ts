import type { MemberPrincipal } from '@atrium/contract-kit';
import type { Asset } from '@atrium/contracts/gallery';
import { queues } from '@atrium/contracts/queues';
import { Database } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { toAsset } from '../assets/asset.mapper.js';
import { requireMayComplete } from '../assets/asset.policy.js';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { AssetRepository } from '../assets/asset.repository.js';
import { isOpen } from '../assets/asset.state.js';
import { uploadCompleted } from '../verification/upload-message.js';
import { type NamedPart, PartAssembly } from './part-assembly.js';
import { multipartOf, UploadAccess } from './upload-access.js';

/** Hears from clients that their bytes are there. */
@Injectable()
export class UploadCompletionService {
  constructor(
    private readonly database: Database,
    private readonly assets: AssetRepository,
    private readonly lifecycle: AssetLifecycle,
    private readonly access: UploadAccess,
    private readonly assembly: PartAssembly,
    private readonly outbox: Outbox,
  ) {}

  /** Asks for verification now; one that has ended already is not begun again. */
  async complete(principal: MemberPrincipal, assetId: string, parts: readonly NamedPart[] | undefined): Promise<Asset> {
    const upload = await this.access.get(principal, assetId);
    // While S3 works no row is held: whoever else completes it comes to the same end.
    if (isOpen(upload.status) && upload.uploadMethod === 'multipart') await this.assembly.assemble(multipartOf(upload), parts);
    return this.database.inTenant(principal.orgId, async (tx) => {
      const asset = await this.assets.findForUpdate(tx, assetId);
      if (!asset) throw notFound('upload');
      requireMayComplete(principal, asset);
      if (!isOpen(asset.status)) return toAsset(asset);
      await this.lifecycle.change(tx, assetId, { to: 'verifying' });
      await this.outbox.send(tx, queues.galleryUploads, uploadCompleted(principal.orgId, assetId));
      return toAsset((await this.assets.find(tx, assetId)) ?? asset);
    });
  }
}
