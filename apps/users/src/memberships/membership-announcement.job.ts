import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { MembershipPublisher } from './membership.publisher.js';

const intervalMs = 60_000;
/** What is left over is for the next round. */
const batchSize = 500;

interface MarkedRow {
  readonly org_id: string;
  readonly user_id: string;
}

/** Tells memberships that a migration marked: it changed what the platform's roles hold. */
@Injectable()
export class MembershipAnnouncementJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly memberships: MembershipPublisher,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, atStart: true, failure: 'Changed memberships could not be announced.' });
  }

  /** @returns how many were told; undefined when another instance is at it */
  run(): Promise<number | undefined> {
    return this.database.alone('users.membership_announcement', async (tx) => {
      const marked = await rowsOf<MarkedRow>(tx, `select org_id, user_id from users.members_to_announce($1)`, [batchSize]);
      for (const { org_id, user_id } of marked) {
        await this.database.inTenant(org_id, async (inOrganization) => {
          await this.organizations.lock(inOrganization);
          await this.memberships.changed(inOrganization, [user_id]);
        });
      }
      return marked.length;
    });
  }
}
