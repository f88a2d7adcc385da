import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OrganizationRepository } from '../organizations/organization.repository.js';
import { MembershipPublisher } from './membership.publisher.js';

const intervalMs = 60_000;
/** Any constant of ours: of all instances one announces at a time. */
const lockKey = 7_214_012;
/** What is left over is for the next round. */
const batchSize = 500;

interface MarkedRow {
  readonly org_id: string;
  readonly user_id: string;
}

/** Tells memberships that a migration marked: it changed what the platform's roles hold. */
@Injectable()
export class MembershipAnnouncementJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationRepository,
    private readonly memberships: MembershipPublisher,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    void this.tryRun();
    this.timer = setInterval(() => void this.tryRun(), intervalMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many were told; undefined when another instance is at it */
  run(): Promise<number | undefined> {
    return this.database.withoutTenant(async (tx) => {
      const [lock] = await rowsOf<{ free: boolean }>(tx, `select pg_try_advisory_xact_lock($1) as free`, [lockKey]);
      if (!lock?.free) return undefined;
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

  private async tryRun(): Promise<void> {
    await this.run().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'Changed memberships could not be announced; trying again in a minute.');
    });
  }
}
