import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, rowsOf } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AssetLifecycle } from '../assets/asset-lifecycle.js';
import { parseReadyKey } from '../storage/object-key.js';
import { StoredObjects } from '../storage/stored-objects.js';
import { grace, isUnusual, type Reaped, type ReapMode } from './reap-mode.js';
import { SweepPositions } from './sweep-positions.js';
import { UnusualError } from './unusual.error.js';

interface ReadyRow {
  readonly org_id: string;
  readonly id: string;
  /** Null unless the asset is ready. */
  readonly ready_key: string | null;
  readonly size: number;
  readonly updated_at: Date;
}

const name = 'rows';
/** Rows of one statement, and of one pass: each costs a request to S3. */
const [batch, rowsAPass] = [500, 2_000];
const parallel = 16;
const first = '00000000-0000-0000-0000-000000000000';
const reason = 'object_missing: The file is no longer in storage. Please upload it again.';

/** Finds ready files whose objects are gone, by nothing that the gallery did, and says so instead of offering them. */
@Injectable()
export class LostObjects {
  constructor(
    private readonly database: Database,
    private readonly lifecycle: AssetLifecycle,
    private readonly objects: StoredObjects,
    private readonly positions: SweepPositions,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws UnusualError when there are too many, of which none is touched then */
  async sweep(mode: ReapMode): Promise<Reaped[]> {
    const lost: ReadyRow[] = [];
    let looked = 0;
    let [orgId, id] = (await this.positions.read(name, mode))?.split('/') ?? [];
    let position: string | undefined;
    for (let seen = 0; mode.whole || seen < rowsAPass; seen += batch) {
      const rows = await this.page(orgId ?? first, id ?? first);
      looked += rows.filter(({ ready_key: key }) => key !== null).length;
      lost.push(...(await this.lostOf(rows, mode)));
      const last = rows.length === batch ? rows.at(-1) : undefined;
      position = last && `${last.org_id}/${last.id}`;
      if (!last) break;
      [orgId, id] = [last.org_id, last.id];
    }
    if (isUnusual(lost.length, looked, mode)) throw new UnusualError('lost_object', `${lost.length} ready files without objects`);
    if (!mode.dryRun) for (const row of lost) await this.reject(row);
    await this.positions.move(name, position, mode);
    return lost.map(({ size }) => ({ kind: 'lost_object', count: 1, bytes: size }));
  }

  private page(orgId: string, id: string): Promise<ReadyRow[]> {
    const sql = 'select org_id, id, ready_key, size::float8 as size, updated_at from gallery.ready_assets($1, $2, $3)';
    return this.database.withoutTenant((tx) => rowsOf<ReadyRow>(tx, sql, [orgId, id, batch]));
  }

  private async lostOf(rows: readonly ReadyRow[], { now }: ReapMode): Promise<ReadyRow[]> {
    const old = rows.filter(({ updated_at }) => updated_at.getTime() <= now - grace);
    const lost: ReadyRow[] = [];
    for (let begin = 0; begin < old.length; begin += parallel) {
      const some = old.slice(begin, begin + parallel);
      const isThere = await Promise.all(some.map(({ ready_key: key }) => key === null || this.objects.has('ready', key)));
      lost.push(...some.filter((_, i) => !isThere[i]));
    }
    return lost;
  }

  private async reject({ org_id: orgId, id, ready_key: key }: ReadyRow): Promise<void> {
    const moved = await this.database.inTenant(orgId, async (tx) => {
      const done = await this.lifecycle.change(tx, id, { to: 'lost', reason });
      const siteId = parseReadyKey(key ?? '')?.siteId ?? null;
      if (done) await this.audit.inOrganization(tx, { action: 'asset.lost', resource: { type: 'asset', id }, site_id: siteId, details: { reason } });
      return done;
    });
    if (moved) this.logger.error({ event: 'object_missing', org_id: orgId, asset_id: id, key }, 'The object of a ready file is gone.');
  }
}
