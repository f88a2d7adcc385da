import { uuid } from '@atrium/contract-kit';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

export interface OverdueUpload {
  readonly orgId: string;
  readonly assetId: string;
}

const batch = 200;
const overdueRows = z.array(z.object({ org_id: uuid, id: uuid }));

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
}
