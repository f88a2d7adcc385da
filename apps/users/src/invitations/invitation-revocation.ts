import type { TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { InvitationPublisher } from './invitation.publisher.js';
import { InvitationRepository } from './invitation.repository.js';

/** Ends the pending invitations to what goes: a site, a role, an organization. */
@Injectable()
export class InvitationRevocation {
  constructor(
    private readonly invitations: InvitationRepository,
    private readonly publisher: InvitationPublisher,
  ) {}

  async revokeAtSite(tx: TenantTransaction, siteId: string): Promise<void> {
    for (const revoked of await this.invitations.revokeAtSite(tx, siteId)) await this.publisher.changed(tx, revoked);
  }

  async revokeAll(tx: TenantTransaction): Promise<void> {
    for (const revoked of await this.invitations.revokeAll(tx)) await this.publisher.changed(tx, revoked);
  }

  async revokeForRole(tx: TenantTransaction, roleId: number): Promise<void> {
    for (const revoked of await this.invitations.revokeForRole(tx, roleId)) await this.publisher.changed(tx, revoked);
  }
}
