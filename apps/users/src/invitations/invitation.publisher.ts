import { invitationChanged } from '@atrium/contracts/domain-events';
import type { TenantTransaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { InvitationRow } from './invitation.repository.js';

@Injectable()
export class InvitationPublisher {
  constructor(private readonly outbox: Outbox) {}

  async changed(tx: TenantTransaction, { id, email, token_hash, status, expires_at, version }: InvitationRow): Promise<void> {
    const data = { invitation_id: id, email, token_hash, status, expires_at: expires_at.toISOString(), version };
    await this.outbox.publish(tx, invitationChanged, data, { orgId: tx.orgId });
  }
}
