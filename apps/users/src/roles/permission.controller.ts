import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { PermissionService } from './permission.service.js';

@Controller()
export class PermissionController {
  constructor(private readonly permissions: PermissionService) {}

  @Endpoint(contract.listPermissions)
  list(@Input() { principal }: InputOf<typeof contract.listPermissions>): Promise<OutputOf<typeof contract.listPermissions>> {
    return this.permissions.list(principal);
  }

  @Endpoint(contract.createPermission)
  create(
    @Input() { principal, body }: InputOf<typeof contract.createPermission>,
  ): Promise<OutputOf<typeof contract.createPermission>> {
    return this.permissions.create(principal, body);
  }
}
