import { type Asset, provableContentTypes } from '@atrium/contracts/gallery';
import { findRow, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface SettingsRow {
  readonly allowed_content_types: readonly Asset['content_type'][];
  readonly strip_original_metadata: boolean;
  /** 0 while nothing was chosen. */
  readonly version: number;
  readonly updated_at: Date | null;
}

export type ChosenSettings = Pick<SettingsRow, 'allowed_content_types' | 'strip_original_metadata'>;

/** What holds where an organization chose nothing. */
const unchosen: SettingsRow = {
  allowed_content_types: provableContentTypes,
  strip_original_metadata: false,
  version: 0,
  updated_at: null,
};
const columns = 'allowed_content_types, strip_original_metadata, version, updated_at';

@Injectable()
export class SettingsRepository {
  async get(tx: TenantTransaction): Promise<SettingsRow> {
    return (await findRow<SettingsRow>(tx, `select ${columns} from gallery.settings where org_id = $1`, [tx.orgId])) ?? unchosen;
  }

  /** Undefined when they have another version by now. */
  replace(tx: TenantTransaction, version: number, chosen: ChosenSettings): Promise<SettingsRow | undefined> {
    const values = [tx.orgId, chosen.allowed_content_types, chosen.strip_original_metadata];
    if (version === unchosen.version) {
      const insert = `insert into gallery.settings (org_id, allowed_content_types, strip_original_metadata) values ($1, $2, $3)
        on conflict do nothing returning ${columns}`;
      return findRow<SettingsRow>(tx, insert, values);
    }
    const update = `update gallery.settings
      set allowed_content_types = $2, strip_original_metadata = $3, version = version + 1, updated_at = now()
      where org_id = $1 and version = $4 returning ${columns}`;
    return findRow<SettingsRow>(tx, update, [...values, version]);
  }
}
