import type { DataOf, DomainEventEnvelope } from '@atrium/contract-kit';
import { accountErased, accountExpired, memberErased } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { attemptEach, RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { nobody } from '../entries/insert-entries.js';
import { type Erasure, ErasureRepository } from './erasure.repository.js';
import { EventEraser } from './event-eraser.js';

const intervalMs = 60_000;
/** What is left over is for the next round. */
const batchSize = 20;

/** Hears that a person is to be forgotten, and deletes the events that carry their id as `user_id`. */
@Injectable()
export class ErasureJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    private readonly erasures: ErasureRepository,
    private readonly eraser: EventEraser,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, failure: 'Events of erased people could not be deleted.' });
  }

  @OnDomainEvent(memberErased)
  async onMemberErased(data: DataOf<typeof memberErased>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    await this.database.inTenant(data.org_id, (tx) => this.erasures.request(tx, data.user_id, envelope.occurred_at));
  }

  /** What was told of an account stands under no organization. */
  @OnDomainEvent(accountErased)
  async onAccountErased(data: DataOf<typeof accountErased>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    await this.database.inTenant(nobody, (tx) => this.erasures.request(tx, data.user_id, envelope.occurred_at));
  }

  @OnDomainEvent(accountExpired)
  onAccountExpired(data: DataOf<typeof accountExpired>, tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.onAccountErased(data, tx, envelope);
  }

  /** Two instances at once delete the same, which does no harm. */
  async run(): Promise<void> {
    const due = await this.database.withoutTenant((tx) => this.erasures.due(tx, batchSize));
    await attemptEach(due, (erasure) => this.erase(erasure), (failed) => `Events of ${failed} people could not be deleted.`);
  }

  private async erase(erasure: Erasure): Promise<void> {
    const { org_id: orgId, user_id: id } = erasure;
    const events = await this.eraser.erase(erasure);
    await this.database.inTenant(orgId, async (tx) => {
      await this.erasures.ran(tx, erasure);
      const resource = { type: 'user', id };
      if (events > 0) await this.audit.record(tx, { action: 'events.erased', resource, details: { events } }, { orgId: orgId === nobody ? null : orgId });
    });
    this.logger.info({ event: 'events_erased', org_id: orgId, user_id: id, events }, 'The events of an erased person are deleted.');
  }
}
