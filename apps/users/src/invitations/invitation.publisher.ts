import { invitationChanged } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import type { TenantTransaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { InvitationRow } from './invitation.repository.js';

const actions = { pending: 'invitation.created', accepted: 'invitation.accepted', revoked: 'invitation.revoked' } as const;

@Injectable()
export class InvitationPublisher {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
  ) {}

  async changed(tx: TenantTransaction, invitation: InvitationRow): Promise<void> {
    const { id, email, token_hash, status, expires_at, version } = invitation;
    const data = { invitation_id: id, email, token_hash, status, expires_at: expires_at.toISOString(), version };
    await this.outbox.publish(tx, invitationChanged, data, { orgId: tx.orgId });
    const { role_id, role_name, site_id } = invitation;
    // Without the address: the log outlives what may be held of a person.
    await this.audit.inOrganization(tx, { action: actions[status], resource: { type: 'invitation', id }, site_id, details: { role_id, role_name } });
  }
}
