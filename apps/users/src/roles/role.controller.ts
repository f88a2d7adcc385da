import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { RoleManagementService } from './role-management.service.js';
import { RoleService } from './role.service.js';

@Controller()
export class RoleController {
  constructor(
    private readonly roles: RoleService,
    private readonly management: RoleManagementService,
  ) {}

  @Endpoint(contract.listRoles)
  list(@Input() { principal }: InputOf<typeof contract.listRoles>): Promise<OutputOf<typeof contract.listRoles>> {
    return this.roles.list(principal);
  }

  @Endpoint(contract.getRole)
  get(@Input() { principal, params }: InputOf<typeof contract.getRole>): Promise<OutputOf<typeof contract.getRole>> {
    return this.roles.get(principal, params.id);
  }

  @Endpoint(contract.createRole)
  create(@Input() { principal, body }: InputOf<typeof contract.createRole>): Promise<OutputOf<typeof contract.createRole>> {
    return this.management.create(principal, body, body.permissions);
  }

  @Endpoint(contract.updateRole)
  update(
    @Input() { principal, params, ifMatch, body }: InputOf<typeof contract.updateRole>,
  ): Promise<OutputOf<typeof contract.updateRole>> {
    return this.management.update(principal, params.id, ifMatch, body);
  }

  @Endpoint(contract.setRolePermissions)
  setPermissions(
    @Input() { principal, params, ifMatch, body }: InputOf<typeof contract.setRolePermissions>,
  ): Promise<OutputOf<typeof contract.setRolePermissions>> {
    return this.management.setPermissions(principal, params.id, ifMatch, body.permissions);
  }

  @Endpoint(contract.deleteRole)
  delete(@Input() { principal, params }: InputOf<typeof contract.deleteRole>): Promise<void> {
    return this.management.delete(principal, params.id);
  }
}
