import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { InvitationService } from '../invitations/invitation.service.js';
import { RoleAssignmentService } from '../memberships/role-assignment.service.js';
import { UserRemovalService } from './user-removal.service.js';
import { UserStatusService } from './user-status.service.js';
import { UserService } from './user.service.js';

@Controller()
export class UserController {
  constructor(
    private readonly users: UserService,
    private readonly removal: UserRemovalService,
    private readonly statuses: UserStatusService,
    private readonly roleAssignments: RoleAssignmentService,
    private readonly invitations: InvitationService,
  ) {}

  @Endpoint(contract.listUsers)
  list(@Input() { principal, query }: InputOf<typeof contract.listUsers>): Promise<OutputOf<typeof contract.listUsers>> {
    return this.users.list(principal, query);
  }

  @Endpoint(contract.inviteUser)
  invite(@Input() { principal, body }: InputOf<typeof contract.inviteUser>): Promise<OutputOf<typeof contract.inviteUser>> {
    const { email, role_id: roleId, site_id: siteId = null, profile = {} } = body;
    return this.invitations.invite(principal, { email, roleId, siteId, profile });
  }

  @Endpoint(contract.getUser)
  get(@Input() { principal, params }: InputOf<typeof contract.getUser>): Promise<OutputOf<typeof contract.getUser>> {
    return this.users.get(principal, params.id);
  }

  @Endpoint(contract.updateUser)
  update(
    @Input() { principal, params, ifMatch, body }: InputOf<typeof contract.updateUser>,
  ): Promise<OutputOf<typeof contract.updateUser>> {
    return this.users.update(principal, params.id, ifMatch, body.profile);
  }

  @Endpoint(contract.removeUser)
  remove(@Input() { principal, params }: InputOf<typeof contract.removeUser>): Promise<void> {
    return this.removal.remove(principal, params.id);
  }

  @Endpoint(contract.restoreUser)
  restore(@Input() { principal, params }: InputOf<typeof contract.restoreUser>): Promise<OutputOf<typeof contract.restoreUser>> {
    return this.removal.restore(principal, params.id);
  }

  @Endpoint(contract.disableUser)
  disable(@Input() { principal, params }: InputOf<typeof contract.disableUser>): Promise<OutputOf<typeof contract.disableUser>> {
    return this.statuses.set(principal, params.id, 'disabled');
  }

  @Endpoint(contract.enableUser)
  enable(@Input() { principal, params }: InputOf<typeof contract.enableUser>): Promise<OutputOf<typeof contract.enableUser>> {
    return this.statuses.set(principal, params.id, 'active');
  }

  @Endpoint(contract.assignRole)
  assignRole(
    @Input() { principal, params, body }: InputOf<typeof contract.assignRole>,
  ): Promise<OutputOf<typeof contract.assignRole>> {
    return this.roleAssignments.assign(principal, { userId: params.id, roleId: body.role_id, siteId: body.site_id ?? null });
  }

  @Endpoint(contract.removeRole)
  removeRole(@Input() { principal, params, query }: InputOf<typeof contract.removeRole>): Promise<void> {
    return this.roleAssignments.remove(principal, { userId: params.id, roleId: params.role_id, siteId: query.site_id ?? null });
  }
}
