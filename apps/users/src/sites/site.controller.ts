import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { SiteService } from './site.service.js';

@Controller()
export class SiteController {
  constructor(private readonly sites: SiteService) {}

  @Endpoint(contract.listSites)
  list(@Input() { principal }: InputOf<typeof contract.listSites>): Promise<OutputOf<typeof contract.listSites>> {
    return this.sites.list(principal);
  }

  @Endpoint(contract.createSite)
  create(@Input() { principal, body }: InputOf<typeof contract.createSite>): Promise<OutputOf<typeof contract.createSite>> {
    return this.sites.create(principal, body.name);
  }

  @Endpoint(contract.getSite)
  get(@Input() { principal, params }: InputOf<typeof contract.getSite>): Promise<OutputOf<typeof contract.getSite>> {
    return this.sites.get(principal, params.id);
  }

  @Endpoint(contract.updateSite)
  update(
    @Input() { principal, params, ifMatch, body }: InputOf<typeof contract.updateSite>,
  ): Promise<OutputOf<typeof contract.updateSite>> {
    return this.sites.rename(principal, params.id, ifMatch, body.name);
  }

  @Endpoint(contract.deleteSite)
  delete(@Input() { principal, params }: InputOf<typeof contract.deleteSite>): Promise<void> {
    return this.sites.delete(principal, params.id);
  }
}
