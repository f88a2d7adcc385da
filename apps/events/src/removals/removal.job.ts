import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OrganizationRemains } from './organization-remains.js';
import { type Removal, RemovalRepository, type RemovalOutcome, removalPauses } from './removal.repository.js';
import { RowRemover } from './row-remover.js';

const intervalMs = 5_000;
/** What is left over is for the next round. */
const batchSize = 20;

/** Removes from ClickHouse what is asked for, at once and as long as some of it may still come. */
@Injectable()
export class RemovalJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(RemovalRepository) private readonly removals: RemovalRepository,
    @Inject(RowRemover) private readonly remover: RowRemover,
    @Inject(OrganizationRemains) private readonly remains: OrganizationRemains,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), intervalMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.again = false;
    await this.running;
  }

  /** There is something to do now. */
  wake(): void {
    this.again = true;
    this.running ??= this.tryRun();
  }

  /** One that fails holds up no others. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    const note = (error: unknown) => void failures.push(error);
    for (const { org_id, id } of await this.database.withoutTenant((tx) => this.removals.due(tx, batchSize))) {
      await this.remove(org_id, id).catch(note);
    }
    await this.notePurged().catch(note);
    if (failures.length > 0) throw new Error(`${failures.length} removals could not be done.`, { cause: failures[0] });
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

  private async tryRun(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.run().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'Events could not be removed; trying again.');
      });
    }
    this.running = undefined;
  }
}
