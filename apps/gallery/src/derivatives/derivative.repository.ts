import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { VerifiedFields } from '../assets/asset.repository.js';

/** How often copies of one image are tried, apart from its verification. */
const maxAttempts = 3;

export interface MissingDerivatives {
  readonly org_id: string;
  readonly id: string;
}

@Injectable()
export class DerivativeRepository {
  /** Across organizations. */
  missing(tx: Transaction, limit: number): Promise<MissingDerivatives[]> {
    return rowsOf<MissingDerivatives>(tx, `select org_id, id from gallery.assets_without_derivatives($1, $2)`, [maxAttempts, limit]);
  }

  /** Across organizations: images that wait for their copies, and those that were tried too often. */
  async count(tx: Transaction): Promise<{ waiting: number; givenUp: number }> {
    const sql = `select waiting::integer, given_up::integer from gallery.count_without_derivatives($1)`;
    const row = await findRow<{ waiting: number; given_up: number }>(tx, sql, [maxAttempts]);
    return { waiting: row?.waiting ?? 0, givenUp: row?.given_up ?? 0 };
  }

  async countAttempt(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `update gallery.assets set derivative_attempts = derivative_attempts + 1 where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  /** Whether the file was there to be told of. */
  async save(tx: TenantTransaction, id: string, fields: Partial<VerifiedFields>): Promise<boolean> {
    const { width, height, frames, placeholder, dominantColor, derivatives } = fields;
    const row = await findRow(
      tx,
      `update gallery.assets
       set width = $3, height = $4, frames = $5, placeholder = $6, dominant_color = $7, derivatives = $8,
         version = version + 1, updated_at = now()
       where org_id = $1 and id = $2 and status in ('ready', 'trashed') returning id`,
      [tx.orgId, id, width, height, frames, placeholder, dominantColor, derivatives],
    );
    return row !== undefined;
  }
}
