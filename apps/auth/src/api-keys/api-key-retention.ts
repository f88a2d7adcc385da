import { Database, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { ApiKeyRepository } from './api-key.repository.js';

/** What is left over is for the next round. */
const batchSize = 500;

/** Forgets API keys 30 days after they were deleted or expired. */
@Injectable()
export class ApiKeyRetention {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyRepository,
  ) {}

  async removeOverdue(tx: Transaction): Promise<void> {
    for (const { org_id, id } of await this.keys.listOverdue(tx, batchSize)) {
      await this.database.inTenant(org_id, (inOrganization) => this.keys.remove(inOrganization, id));
    }
  }
}
