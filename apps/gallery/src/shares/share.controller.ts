import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Header } from '@nestjs/common';
import { ShareService } from './share.service.js';
import { SharedViewService } from './shared-view.service.js';

const { listShares, createShare, deleteShare, viewShare } = galleryEndpoints;

@Controller()
export class ShareController {
  constructor(
    private readonly shares: ShareService,
    private readonly views: SharedViewService,
  ) {}

  @Endpoint(listShares)
  list(@Input() { principal, query }: InputOf<typeof listShares>): Promise<OutputOf<typeof listShares>> {
    return this.shares.list(principal, query);
  }

  @Endpoint(createShare)
  @Header('cache-control', 'no-store')
  create(@Input() { principal, body }: InputOf<typeof createShare>): Promise<OutputOf<typeof createShare>> {
    return this.shares.create(principal, body);
  }

  @Endpoint(deleteShare)
  delete(@Input() { principal, params }: InputOf<typeof deleteShare>): Promise<void> {
    return this.shares.delete(principal, params.id);
  }

  @Endpoint(viewShare)
  @Header('cache-control', 'no-store')
  @Header('referrer-policy', 'no-referrer')
  view(@Input() { params, query, sharePassword, client }: InputOf<typeof viewShare>): Promise<OutputOf<typeof viewShare>> {
    return this.views.view(params.token, sharePassword, query, client);
  }
}
