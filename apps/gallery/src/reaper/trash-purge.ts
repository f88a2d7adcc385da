import { Database, rowsOf } from '@atrium/platform/database';
import { attemptEach } from '@atrium/platform/jobs';
import { Inject, Injectable } from '@nestjs/common';
import { AssetPurge, purgeableColumns } from './asset-purge.js';
import type { Reaped } from './reap-mode.js';

/** Dependency-injection token of the days for which the trash is kept. */
export const TRASH_DAYS = Symbol('TrashDays');

/** Organizations in one round; the others are for the next. */
const batch = 50;

/** Purges what has been in the trash long enough. */
@Injectable()
export class TrashPurge {
  constructor(
    private readonly database: Database,
    private readonly purge: AssetPurge,
    @Inject(TRASH_DAYS) private readonly days: number,
  ) {}

  async sweep(): Promise<Reaped[]> {
    const due = await this.database.withoutTenant((tx) =>
      rowsOf<{ org_id: string }>(tx, 'select org_id from gallery.organizations_with_overdue_trash($1, $2)', [this.days, batch]),
    );
    return attemptEach(due, ({ org_id: orgId }) => this.empty(orgId), (failed) => `The trash of ${failed} organizations could not be purged.`);
  }

  private async empty(orgId: string): Promise<Reaped> {
    // Claimed by the row itself: what is being purged is no longer restored, and stays so if this process ends.
    const claim = `update gallery.assets set purging_since = now()
      where org_id = $1 and status = 'trashed' and purging_since is null and trashed_at < now() - make_interval(days => $2)`;
    await this.database.inTenant(orgId, (tx) => rowsOf(tx, `${claim} returning id`, [orgId, this.days]));
    const find = `select ${purgeableColumns} from gallery.assets where org_id = $1 and purging_since is not null order by id limit $2`;
    const purged = await this.purge.all(orgId, 'trash', (tx, limit) => rowsOf(tx, find, [tx.orgId, limit]));
    return { kind: 'trash', ...purged };
  }
}
