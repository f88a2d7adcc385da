import { memberErased } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { InvitationRepository } from '../invitations/invitation.repository.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { removalDays } from './removal-period.js';

const intervalMs = 60_000;
/** What is left over is for the next round. */
const batchSize = 100;

interface OverdueRow {
  readonly org_id: string;
  readonly user_id: string;
}

/** Deletes what is held of removed people once they can no longer be restored, and tells the other services to. */
@Injectable()
export class MemberErasureJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly invitations: InvitationRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, failure: 'Removed people could not be erased.' });
  }

  /** @returns how many people's data was deleted; undefined when another instance is at it */
  run(): Promise<number | undefined> {
    return this.database.alone('users.member_erasure', async (tx) => {
      const overdue = await rowsOf<OverdueRow>(tx, `select org_id, user_id from users.overdue_removals($1, $2)`, [removalDays, batchSize]);
      let erased = 0;
      for (const { org_id, user_id } of overdue) {
        if (await this.database.inTenant(org_id, (inOrganization) => this.erase(inOrganization, user_id))) erased += 1;
      }
      return erased;
    });
  }

  private async erase(tx: TenantTransaction, userId: string): Promise<boolean> {
    await this.organizations.lock(tx);
    if (!(await this.members.isOverdue(tx, userId, removalDays))) return false;
    await this.invitations.erasePast(tx, userId);
    const version = await this.members.erase(tx, userId);
    await this.outbox.publish(tx, memberErased, { org_id: tx.orgId, user_id: userId, version }, { orgId: tx.orgId });
    await this.audit.inOrganization(tx, { action: 'member.erased', resource: { type: 'user', id: userId } });
    return true;
  }
}
