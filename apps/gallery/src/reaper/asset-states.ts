import type { AssetStatus } from '@atrium/contracts/gallery';
import { Database, rowsOf } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { isOpen } from '../assets/asset.state.js';
import type { ObjectOwner } from '../storage/object-key.js';

interface StateRow {
  readonly org_id: string;
  readonly id: string;
  readonly status: AssetStatus;
  readonly ready_key: string | null;
}

/** What is still wanted of an asset's objects. */
export interface WantedObjects {
  /** What was uploaded, until there is a verdict. */
  readonly uploaded: boolean;
  /** The verified copy, from just before the verdict on, and what is derived from it. */
  readonly verified: boolean;
}
const nothing: WantedObjects = { uploaded: false, verified: false };

/** Looks across organizations, by a function that tells states alone. */
@Injectable()
export class AssetStates {
  constructor(private readonly database: Database) {}

  /** What is wanted of each owner's objects; nothing of one without a row. */
  async wanted(owners: readonly ObjectOwner[]): Promise<(owner: ObjectOwner) => WantedObjects> {
    const rows = await this.database.withoutTenant((tx) =>
      rowsOf<StateRow>(tx, 'select org_id, id, status, ready_key from gallery.states_of($1, $2)', [owners.map(({ orgId }) => orgId), owners.map(({ assetId }) => assetId)]),
    );
    const known = new Map(rows.map((row) => [`${row.org_id}/${row.id}`, wantedOf(row)]));
    return ({ orgId, assetId }) => known.get(`${orgId}/${assetId}`) ?? nothing;
  }
}

const wantedOf = ({ status, ready_key }: StateRow): WantedObjects => ({ uploaded: isOpen(status), verified: isOpen(status) || ready_key !== null });
