import type { DataOf, DomainEventEnvelope } from '@atrium/contract-kit';
import { memberErased } from '@atrium/contracts/domain-events';
import { Database, type Transaction } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { ErasureRepository } from './erasure.repository.js';

/** Hears that a person is to be forgotten; the worker, who may touch objects, does it. */
@Injectable()
export class ErasureRequests {
  constructor(
    private readonly database: Database,
    private readonly erasures: ErasureRepository,
  ) {}

  @OnDomainEvent(memberErased)
  async onMemberErased(data: DataOf<typeof memberErased>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    await this.database.inTenant(data.org_id, (tx) => this.erasures.request(tx, data.user_id, envelope.occurred_at));
  }
}
