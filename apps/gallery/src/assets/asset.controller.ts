import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { AssetBatchService } from './asset-batch.service.js';
import { AssetService } from './asset.service.js';

const { listAssets, getAsset, updateAsset, batchAssets, downloadAsset } = galleryEndpoints;

@Controller()
export class AssetController {
  constructor(
    private readonly assets: AssetService,
    private readonly batches: AssetBatchService,
  ) {}

  @Endpoint(listAssets)
  list(@Input() { principal, query }: InputOf<typeof listAssets>): Promise<OutputOf<typeof listAssets>> {
    return this.assets.list(principal, query);
  }

  @Endpoint(getAsset)
  get(@Input() { principal, params }: InputOf<typeof getAsset>): Promise<OutputOf<typeof getAsset>> {
    return this.assets.get(principal, params.id);
  }

  @Endpoint(updateAsset)
  update(
    @Input() { principal, params, ifMatch, body }: InputOf<typeof updateAsset>,
  ): Promise<OutputOf<typeof updateAsset>> {
    return this.assets.update(principal, params.id, ifMatch, body);
  }

  @Endpoint(batchAssets)
  batch(@Input() { principal, body }: InputOf<typeof batchAssets>): Promise<OutputOf<typeof batchAssets>> {
    return this.batches.change(principal, body);
  }

  @Endpoint(downloadAsset)
  download(
    @Input() { principal, params, query }: InputOf<typeof downloadAsset>,
  ): Promise<OutputOf<typeof downloadAsset>> {
    return this.assets.download(principal, params.id, query);
  }
}
