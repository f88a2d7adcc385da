import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { AssetTrashService } from './asset-trash.service.js';

const { deleteAsset, restoreAsset } = galleryEndpoints;

@Controller()
export class AssetTrashController {
  constructor(private readonly trash: AssetTrashService) {}

  @Endpoint(deleteAsset)
  delete(@Input() { principal, params, ifMatch }: InputOf<typeof deleteAsset>): Promise<void> {
    return this.trash.delete(principal, params.id, ifMatch);
  }

  @Endpoint(restoreAsset)
  restore(@Input() { principal, params }: InputOf<typeof restoreAsset>): Promise<OutputOf<typeof restoreAsset>> {
    return this.trash.restore(principal, params.id);
  }
}
