import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { attemptEach, RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { OrganizationRemains } from './organization-remains.js';
import { type Removal, RemovalRepository, type RemovalOutcome, removalPauses } from './removal.repository.js';
import { RowRemover } from './row-remover.js';

const intervalMs = 5_000;
/** What is left over is for the next round. */
const batchSize = 20;

/** Removes from ClickHouse what is asked for, at once and as long as some of it may still come. */
@Injectable()
export class RemovalJob extends RecurringJob {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(RemovalRepository) private readonly removals: RemovalRepository,
    @Inject(RowRemover) private readonly remover: RowRemover,
    @Inject(OrganizationRemains) private readonly remains: OrganizationRemains,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, failure: 'Events could not be removed; trying again.' });
  }

  async run(): Promise<void> {
    const due = await this.database.withoutTenant((tx) => this.removals.due(tx, batchSize));
    const steps = [...due.map(({ org_id, id }) => () => this.remove(org_id, id)), () => this.notePurged()];
    await attemptEach(steps, (step) => step(), (failed) => `${failed} removals could not be done.`);
  }

  private async remove(orgId: string, id: string): Promise<void> {
    const removal = await this.database.inTenant(orgId, (tx) => this.removals.claim(tx, id));
    if (!removal) return;
    if (removal.kind === 'organization') await this.remains.remove(orgId);
    const outcome = await this.remover.remove(removal).catch(async (error: unknown) => {
      await this.database.inTenant(orgId, (tx) => this.removals.failed(tx, id));
      throw error;
    });
    await this.database.inTenant(orgId, async (tx) => {
      await this.removals.ran(tx, removal, outcome);
      await this.record(removal, outcome);
      // Of an organization that is gone nothing is left, its removal neither.
      if (removal.kind === 'organization' && removalPauses[removal.runs] === undefined) await this.removals.forget(tx, id);
    });
    const { events, quarantined } = outcome;
    this.logger.info({ event: 'events_removed', org_id: orgId, removal: id, kind: removal.kind, events, quarantined }, 'Events are removed.');
  }

  /** The first run, and later ones that found something. In no organization's log where the organization itself is gone. */
  private async record({ org_id: orgId, id, kind, runs }: Removal, { events, quarantined }: RemovalOutcome): Promise<void> {
    if (runs > 0 && events + quarantined === 0) return;
    const entry = { action: `events.removed`, resource: { type: kind === 'subject' ? 'erasure' : kind, id }, details: { events, quarantined } };
    if (kind === 'organization') {
      const details = { ...entry.details, org_id: orgId };
      return this.database.withoutTenant((tx) => this.audit.record(tx, { ...entry, details }, { orgId: null }));
    }
    return this.database.inTenant(orgId, (tx) => this.audit.inOrganization(tx, entry));
  }

  /** ClickHouse keeps the files from before a mutation for some minutes, which nothing reads any more. */
  private async notePurged(): Promise<void> {
    for (const { org_id, id, completed_at } of await this.database.withoutTenant((tx) => this.removals.toPurge(tx, batchSize))) {
      // The oldest comes first: what it waits for, later ones wait for too.
      if (!(await this.remover.isPurged(completed_at))) return;
      await this.database.inTenant(org_id, (tx) => this.removals.purged(tx, id));
    }
  }
}
