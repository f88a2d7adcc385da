import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { OrganizationDeletion } from './organization-deletion.js';
import { OrganizationService } from './organization.service.js';

@Controller()
export class OrganizationController {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly deletion: OrganizationDeletion,
  ) {}

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

  @Endpoint(contract.deleteOrganization)
  delete(@Input() { principal, params }: InputOf<typeof contract.deleteOrganization>): Promise<void> {
    return this.deletion.delete(principal, params.id);
  }
}
