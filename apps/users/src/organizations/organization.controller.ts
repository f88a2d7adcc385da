import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { OrganizationService } from './organization.service.js';

@Controller()
export class OrganizationController {
  constructor(private readonly organizations: OrganizationService) {}

  @Endpoint(contract.listOrganizations)
  list(@Input() { principal }: InputOf<typeof contract.listOrganizations>): Promise<OutputOf<typeof contract.listOrganizations>> {
    return this.organizations.list(principal);
  }

  @Endpoint(contract.createOrganization)
  create(@Input() { principal, body }: InputOf<typeof contract.createOrganization>): Promise<OutputOf<typeof contract.createOrganization>> {
    return this.organizations.create(principal, body.name);
  }

  @Endpoint(contract.getOrganization)
  get(@Input() { principal, params }: InputOf<typeof contract.getOrganization>): Promise<OutputOf<typeof contract.getOrganization>> {
    return this.organizations.get(principal, params.id);
  }

  @Endpoint(contract.updateOrganization)
  update(
    @Input() { principal, params, ifMatch, body }: InputOf<typeof contract.updateOrganization>,
  ): Promise<OutputOf<typeof contract.updateOrganization>> {
    return this.organizations.rename(principal, params.id, ifMatch, body.name);
  }
}
