import { uuid } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

export interface OverdueUpload {
  readonly orgId: string;
  readonly assetId: string;
}

/** Any constant, one per purpose. */
const sweepLock = 7_302_114;
const batch = 200;
const overdueRows = z.array(z.object({ org_id: uuid, id: uuid }));
const lockRows = z.tuple([z.object({ held: z.boolean() })]);

/** Looks across organizations, by a function that tells ids alone. */
@Injectable()
export class OverdueUploads {
  constructor(private readonly database: Database) {}

  async find(): Promise<OverdueUpload[]> {
    const rows = await this.database.withoutTenant(({ manager }) =>
      manager.query('select org_id, id from gallery.overdue_uploads($1)', [batch]),
    );
    return overdueRows.parse(rows).map(({ org_id: orgId, id: assetId }) => ({ orgId, assetId }));
  }

  /** Runs `work` unless another process runs it now. The lock is a session's, so that no transaction stays open. */
  async alone(work: () => Promise<void>): Promise<void> {
    const session = this.database.dataSource.createQueryRunner();
    try {
      const [{ held }] = lockRows.parse(await session.query('select pg_try_advisory_lock($1) as held', [sweepLock]));
      if (!held) return;
      try {
        await work();
      } finally {
        await session.query('select pg_advisory_unlock($1)', [sweepLock]);
      }
    } finally {
      await session.release();
    }
  }
}
