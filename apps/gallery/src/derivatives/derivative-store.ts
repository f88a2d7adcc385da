import { type DerivativeWidth, derivativeWidths } from '@atrium/contracts/gallery';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { VerifiedFields } from '../assets/asset.repository.js';
import { derivativeName } from '../decoder/decoder-job.js';
import type { Decoded } from '../imaging/image-decoder.js';
import { readResult } from '../imaging/scratch-folder.js';
import { AssetObjects } from '../storage/asset-objects.js';
import { derivativeKeyOf, type ObjectOwner } from '../storage/object-key.js';

/** Bytes of one copy: at most 1280 × 5120 pixels, which webp never makes larger than raw. */
const maxDerivativeBytes = 32 * 1024 ** 2;

/** Puts the copies of an image beside it. Keys and bytes are the same each time, so that again is no change. */
@Injectable()
export class DerivativeStore {
  constructor(
    private readonly objects: AssetObjects,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What is known of the image then; without copies where none could be made, which is tried again later. */
  async store(owner: ObjectOwner, folder: string, { preview, width, height, frames }: Decoded): Promise<Partial<VerifiedFields>> {
    const size = { width, height, frames };
    if (typeof preview === 'string') {
      const ids = { org_id: owner.orgId, asset_id: owner.assetId };
      this.logger.warn({ ...ids, detail: preview }, 'An image is sound, but its copies could not be made; trying again later.');
      return size;
    }
    const made: DerivativeWidth[] = [];
    for (const wanted of derivativeWidths.filter((one) => preview.widths.includes(one))) {
      const bytes = await readResult(folder, derivativeName(wanted), maxDerivativeBytes);
      await this.objects.store(derivativeKeyOf(owner, wanted), bytes, 'image/webp');
      made.push(wanted);
    }
    return { ...size, placeholder: preview.placeholder, dominantColor: preview.dominantColor, derivatives: made };
  }
}
