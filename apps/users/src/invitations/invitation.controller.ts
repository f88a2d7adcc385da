import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { InvitationService } from './invitation.service.js';

@Controller()
export class InvitationController {
  constructor(private readonly invitations: InvitationService) {}

  @Endpoint(contract.listInvitations)
  list(@Input() { principal }: InputOf<typeof contract.listInvitations>): Promise<OutputOf<typeof contract.listInvitations>> {
    return this.invitations.list(principal);
  }

  @Endpoint(contract.createInvitation)
  create(
    @Input() { principal, body }: InputOf<typeof contract.createInvitation>,
  ): Promise<OutputOf<typeof contract.createInvitation>> {
    const { email, role_id: roleId, site_id: siteId = null } = body;
    return this.invitations.invite(principal, { email, roleId, siteId, profile: {} });
  }

  @Endpoint(contract.revokeInvitation)
  revoke(@Input() { principal, params }: InputOf<typeof contract.revokeInvitation>): Promise<void> {
    return this.invitations.revoke(principal, params.id);
  }

  @Endpoint(contract.acceptInvitation)
  accept(@Input() { principal, body }: InputOf<typeof contract.acceptInvitation>): Promise<OutputOf<typeof contract.acceptInvitation>> {
    return this.invitations.accept(principal, body.token);
  }
}
