import { createHash } from 'node:crypto';
import type { MemberPrincipal } from '@atrium/contract-kit';
import type { Erasure } from '@atrium/contracts/events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { RemovalJob } from './removal.job.js';
import { type Removal, RemovalRepository, removalSeconds } from './removal.repository.js';

/** Erases events of people whom an organization's apps know by ids of their own. */
@Injectable()
export class SubjectErasureService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(RemovalRepository) private readonly removals: RemovalRepository,
    @Inject(RemovalJob) private readonly job: RemovalJob,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  async request({ orgId }: MemberPrincipal, userId: string): Promise<{ id: string }> {
    const id = await this.database.inTenant(orgId, async (tx) => {
      const added = await this.removals.requestSubject(tx, userId);
      // The log outlives the events: it must not keep whom they were of.
      const details = { user_id_sha256: createHash('sha256').update(userId).digest('hex') };
      await this.audit.inOrganization(tx, { action: 'events.erasure_requested', resource: { type: 'erasure', id: added }, details });
      return added;
    });
    this.job.wake();
    return { id };
  }

  async get({ orgId }: MemberPrincipal, id: string): Promise<Erasure> {
    const removal = await this.database.inTenant(orgId, (tx) => this.removals.findSubject(tx, id));
    if (!removal) throw notFound('erasure');
    return toErasure(removal);
  }
}

/** Without the ids of the person. */
const toErasure = (removal: Removal): Erasure => ({
  id: removal.id,
  state: removal.completed_at === null ? 'pending' : 'completed',
  requested_at: removal.until.toISOString(),
  completed_at: removal.completed_at?.toISOString() ?? null,
  purged_at: removal.purged_at?.toISOString() ?? null,
  in_force_until: new Date(removal.until.getTime() + removalSeconds * 1_000).toISOString(),
  erased: { events: Number(removal.events), quarantined: Number(removal.quarantined) },
  anonymous_ids: { erased: removal.anonymous_ids.length, shared: removal.shared_anonymous_ids },
});
