import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { AssetEntity } from '../assets/asset.entity.js';
import type { StatusChange, VerifiedFields } from '../assets/asset.repository.js';
import { imageFormats } from '../decoder/image-format.js';
import { strippedName } from '../decoder/decoder-job.js';
import { DerivativeStore } from '../derivatives/derivative-store.js';
import { ImageDecoder } from '../imaging/image-decoder.js';
import { IMAGE_SETTINGS, type ImageSettings } from '../imaging/image-settings.js';
import { readResult, withOriginal } from '../imaging/scratch-folder.js';
import { AssetObjects, type UploadedObject } from '../storage/asset-objects.js';
import { readyKeyOf } from '../storage/object-key.js';

export const isImage = (contentType: string): boolean => imageFormats[contentType] !== undefined;

/** Room for the orientation, which is written anew. */
const strippedGrowth = 64;

/** Judges an image by decoding all of it, and keeps what comes of that: the file, its copies, and what is shown first. */
@Injectable()
export class ImageVerification {
  constructor(
    private readonly objects: AssetObjects,
    private readonly decoder: ImageDecoder,
    private readonly derivatives: DerivativeStore,
    @Inject(IMAGE_SETTINGS) private readonly settings: ImageSettings,
  ) {}

  async judge(asset: AssetEntity, object: UploadedObject, strip: boolean): Promise<StatusChange> {
    const { maxBytes, scratchFolder } = this.settings;
    if (object.size > maxBytes) {
      const reason = `image_too_large: The image has ${object.size} bytes; images of ${maxBytes} at most are decoded.`;
      return { to: 'rejected', reason };
    }
    const bytes = await this.objects.openUploaded(asset.quarantineKey, object);
    return withOriginal(scratchFolder, bytes, object.size, async (folder) => {
      const decoded = await this.decoder.decode({ folder, contentType: asset.contentType, strip });
      if (decoded.kind === 'refused') return { to: 'rejected', reason: `${decoded.code}: ${decoded.message}` };
      const owner = { orgId: asset.orgId, siteId: asset.siteId, assetId: asset.id };
      const readyKey = readyKeyOf(owner);
      const stored = strip ? await this.storeStripped(readyKey, folder, asset.contentType) : {};
      if (!strip) await this.objects.promote(asset.quarantineKey, object, readyKey, asset.contentType);
      const known = await this.derivatives.store(owner, folder, decoded);
      return { to: 'ready', readyKey, verifiedEtag: object.etag, ...stored, ...known };
    });
  }

  private async storeStripped(readyKey: string, folder: string, contentType: string): Promise<Partial<VerifiedFields>> {
    const bytes = await readResult(folder, strippedName, this.settings.maxBytes + strippedGrowth);
    await this.objects.store(readyKey, bytes, contentType);
    return { storedSize: bytes.length, storedSha256: createHash('sha256').update(bytes).digest('hex') };
  }
}
