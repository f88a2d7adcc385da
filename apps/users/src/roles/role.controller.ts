import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { RoleService } from './role.service.js';

@Controller()
export class RoleController {
  constructor(private readonly roles: RoleService) {}

  @Endpoint(contract.listRoles)
  list(@Input() { principal }: InputOf<typeof contract.listRoles>): Promise<OutputOf<typeof contract.listRoles>> {
    return this.roles.list(principal);
  }

  @Endpoint(contract.getRole)
  get(@Input() { principal, params }: InputOf<typeof contract.getRole>): Promise<OutputOf<typeof contract.getRole>> {
    return this.roles.get(principal, params.id);
  }

  @Endpoint(contract.listPermissions)
  listPermissions(
    @Input() { principal }: InputOf<typeof contract.listPermissions>,
  ): Promise<OutputOf<typeof contract.listPermissions>> {
    return this.roles.listPermissions(principal);
  }
}
