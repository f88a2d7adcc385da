import type { DataOf } from '@atrium/contract-kit';
import type { organizationChanged } from '@atrium/contracts/domain-events';
import type { TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class OrganizationRepository {
  /** A stale event changes nothing. */
  async upsert(tx: TenantTransaction, data: DataOf<typeof organizationChanged>): Promise<void> {
    await tx.manager.query(
      `insert into auth.organizations as held (org_id, name, version, deleted) values ($1, $2, $3, $4)
       on conflict (org_id) do update set name = excluded.name, version = excluded.version, deleted = excluded.deleted
         where held.version < excluded.version`,
      [tx.orgId, data.name, data.version, data.deleted ?? false],
    );
  }
}
