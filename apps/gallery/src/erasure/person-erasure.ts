import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { attemptEach } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AssetPurge } from '../reaper/asset-purge.js';
import type { Reaped } from '../reaper/reap-mode.js';
import { type Erasure, ErasureRepository } from './erasure.repository.js';

const maxErasures = 100;

/** Deletes what erased people uploaded. Every step may be repeated. */
@Injectable()
export class PersonErasure {
  constructor(
    private readonly database: Database,
    private readonly erasures: ErasureRepository,
    private readonly purge: AssetPurge,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async sweep(): Promise<Reaped[]> {
    const pending = await this.database.withoutTenant((tx) => this.erasures.pending(tx, maxErasures));
    return attemptEach(pending, (erasure) => this.erase(erasure), (failed) => `Files of ${failed} people could not be deleted.`);
  }

  private async erase(erasure: Erasure): Promise<Reaped> {
    const { org_id: orgId, user_id: userId } = erasure;
    const purged = await this.purge.all(orgId, 'person_erased', (tx, limit) => this.erasures.assets(tx, erasure, limit));
    const files = purged.count;
    await this.database.inTenant(orgId, async (tx) => {
      await this.erasures.finish(tx, erasure);
      const resource = { type: 'user', id: userId };
      if (files > 0) await this.audit.record(tx, { action: 'files.erased', resource, details: { files } }, { orgId });
    });
    this.logger.info({ event: 'files_erased', org_id: orgId, user_id: userId, files }, 'The files of an erased person are deleted.');
    return { kind: 'person', ...purged };
  }
}
