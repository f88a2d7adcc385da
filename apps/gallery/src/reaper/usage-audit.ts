import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { wholeOrganization } from '../quotas/room.js';
import { UsageRepository } from '../quotas/usage.repository.js';
import type { Reaped, ReapMode } from './reap-mode.js';
import { SweepPositions } from './sweep-positions.js';

const name = 'usage';
/** Organizations of one pass. */
const batch = 50;

/**
 * Counts files and bytes anew and mends counters that differ. What differs is found in one moment and added, not set, so
 * that uploads go on meanwhile.
 */
@Injectable()
export class UsageAudit {
  constructor(
    private readonly database: Database,
    private readonly usages: UsageRepository,
    private readonly positions: SweepPositions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async sweep(mode: ReapMode): Promise<Reaped[]> {
    const reaped: Reaped[] = [];
    let after = await this.positions.read(name, mode);
    do {
      const orgs = await this.organizations(after ?? wholeOrganization);
      for (const orgId of orgs) reaped.push(...(await this.audit(orgId, mode)));
      after = orgs.length === batch ? orgs.at(-1) : undefined;
      await this.positions.move(name, after, mode);
    } while (mode.whole && after !== undefined);
    return reaped;
  }

  private async organizations(after: string): Promise<string[]> {
    const sql = 'select organizations_with_files as id from gallery.organizations_with_files($1, $2)';
    return (await this.database.withoutTenant((tx) => rowsOf<{ id: string }>(tx, sql, [after, batch]))).map(({ id }) => id);
  }

  private audit(orgId: string, { dryRun }: ReapMode): Promise<Reaped[]> {
    return this.database.inTenant(orgId, async (tx) => {
      const drift = await this.usages.drift(tx);
      if (drift.length > 0 && !dryRun) {
        await this.usages.correct(tx, drift);
        this.logger.error({ event: 'usage_corrected', org_id: orgId, drift }, 'Counters of storage were wrong and are corrected.');
      }
      return drift.map(({ bytesUsed, bytesReserved }) => ({ kind: 'usage_drift', count: 1, bytes: Math.abs(bytesUsed + bytesReserved) }));
    });
  }
}
