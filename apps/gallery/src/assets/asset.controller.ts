import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { AssetService } from './asset.service.js';

const { listAssets, getAsset, downloadAsset } = galleryEndpoints;

@Controller()
export class AssetController {
  constructor(private readonly assets: AssetService) {}

  @Endpoint(listAssets)
  list(@Input() { principal, query }: InputOf<typeof listAssets>): Promise<OutputOf<typeof listAssets>> {
    return this.assets.list(principal, query);
  }

  @Endpoint(getAsset)
  get(@Input() { principal, params }: InputOf<typeof getAsset>): Promise<OutputOf<typeof getAsset>> {
    return this.assets.get(principal, params.id);
  }

  @Endpoint(downloadAsset)
  download(
    @Input() { principal, params, query }: InputOf<typeof downloadAsset>,
  ): Promise<OutputOf<typeof downloadAsset>> {
    return this.assets.download(principal, params.id, query);
  }
}
