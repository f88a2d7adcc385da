import { memberErased } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InvitationRepository } from '../invitations/invitation.repository.js';
import { MemberRepository } from '../memberships/member.repository.js';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { removalDays } from './removal-period.js';

const intervalMs = 60_000;
/** Any constant of ours: of all instances one erases at a time. */
const lockKey = 7_214_011;
/** What is left over is for the next round. */
const batchSize = 100;

interface OverdueRow {
  readonly org_id: string;
  readonly user_id: string;
}

/** Deletes what is held of removed people once they can no longer be restored, and tells the other services to. */
@Injectable()
export class MemberErasureJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly members: MemberRepository,
    private readonly invitations: InvitationRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tryRun(), intervalMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many people's data was deleted; undefined when another instance is at it */
  run(): Promise<number | undefined> {
    return this.database.withoutTenant(async (tx) => {
      const [lock] = await rowsOf<{ free: boolean }>(tx, `select pg_try_advisory_xact_lock($1) as free`, [lockKey]);
      if (!lock?.free) return undefined;
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

  private async tryRun(): Promise<void> {
    await this.run().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'Removed people could not be erased; trying again in a minute.');
    });
  }
}
