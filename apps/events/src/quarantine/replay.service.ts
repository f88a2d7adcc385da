import { type InputOf, type MemberPrincipal, type OutputOf, sitesWhere } from '@atrium/contract-kit';
import { type eventsEndpoints, maxReplayed, type QuarantineChoice } from '@atrium/contracts/events';
import { AuditTrail } from '@atrium/platform/audit';
import { requireAtSite } from '@atrium/platform/auth-guard';
import { Database } from '@atrium/platform/database';
import { decodeCursor, encodeCursor, listNameOf } from '@atrium/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import { CatalogDirectory } from '../catalog/catalog-directory.js';
import { PackLanes } from '../packs/pack-lanes.js';
import { SourceRepository } from '../sources/source.repository.js';
import type { QuarantineSelection } from './quarantine-query.js';
import { QuarantineRepository, type QuarantineRow } from './quarantine.repository.js';
import { rejudge, type Rejudged } from './rejudge.js';

type Endpoints = typeof eventsEndpoints;
const permissions = { read: 'events.read', act: 'sources.update' } as const;
const shownFailures = 20;

/** The chosen rows that one call gets to, and what is left. */
interface Portion {
  readonly rows: readonly QuarantineRow[];
  readonly remaining: number;
  readonly next_cursor: string | null;
}

/** Lets quarantined events in after all, or gives them up. */
@Injectable()
export class ReplayService {
  constructor(
    @Inject(QuarantineRepository) private readonly quarantine: QuarantineRepository,
    @Inject(CatalogDirectory) private readonly catalog: CatalogDirectory,
    @Inject(SourceRepository) private readonly sources: SourceRepository,
    @Inject(PackLanes) private readonly packs: PackLanes,
    @Inject(Database) private readonly database: Database,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  /**
   * Sends first and notes afterwards: what is cut off between is sent again, with the same ids and times, and so stored
   * once. Throws UPSTREAM_UNAVAILABLE where some may not be done.
   */
  async replay({ principal, body }: InputOf<Endpoints['replayQuarantine']>): Promise<OutputOf<Endpoints['replayQuarantine']>> {
    const { orgId } = principal;
    const { rows, ...rest } = await this.portion(principal, body);
    const judged = await this.judge(orgId, rows);
    const lines = judged.map(({ line }) => line).filter((line) => line !== undefined);
    if (lines.length > 0) await this.packs.add(orgId, lines);
    await this.quarantine.settle(orgId, judged);
    const failed = judged.filter(({ line }) => line === undefined);
    const counts = { replayed: lines.length, failed: failed.length };
    await this.record(orgId, 'quarantine.replayed', counts);
    const failures = failed.slice(0, shownFailures).map(({ row: { id }, becomes: { code, path, reason } }) => ({ id, code, path, message: reason }));
    return { ...counts, failures, ...rest };
  }

  async discard({ principal, body }: InputOf<Endpoints['discardQuarantine']>): Promise<OutputOf<Endpoints['discardQuarantine']>> {
    const { rows, ...rest } = await this.portion(principal, body);
    const settled = rows.map((row) => ({ row, becomes: { ...row, status: 'discarded' as const, raw: '' } }));
    await this.quarantine.settle(principal.orgId, settled);
    const counts = { discarded: rows.length };
    await this.record(principal.orgId, 'quarantine.discarded', counts);
    return { ...counts, ...rest };
  }

  private async judge(orgId: string, rows: readonly QuarantineRow[]): Promise<Rejudged[]> {
    // The fix may be a second old, and made by another instance.
    this.catalog.forget(orgId);
    const entries = await this.catalog.entries(orgId, new Set(rows.map(({ event_name }) => event_name)));
    const ids = [...new Set(rows.map(({ source_id }) => source_id))];
    const rules = await this.database.inTenant(orgId, (tx) => this.sources.rules(tx, ids));
    return rows.map((row) => rejudge(row, rules.get(row.source_id), entries));
  }

  private async portion(principal: MemberPrincipal, { ids, filter = {}, cursor }: QuarantineChoice): Promise<Portion> {
    if (filter.site_id !== undefined) requireAtSite(principal, permissions, filter.site_id, 'site');
    const selection: QuarantineSelection = { orgId: principal.orgId, sites: sitesBoth(principal), status: 'quarantined', filter, ids };
    const name = listNameOf(principal.orgId, { ...filter, list: 'replay' });
    const after = cursor === undefined ? undefined : decodeCursor(name, cursor);
    const rows = await this.quarantine.page(selection, { order: 'oldest', after, limit: maxReplayed });
    const last = rows.length === maxReplayed ? rows.at(-1) : undefined;
    if (!last || ids) return { rows, remaining: 0, next_cursor: null };
    const position = { at: new Date(last.received), id: last.id };
    const remaining = await this.quarantine.count(selection, position);
    return { rows, remaining, next_cursor: remaining > 0 ? encodeCursor(name, position) : null };
  }

  private record(orgId: string, action: string, details: Readonly<Record<string, number>>): Promise<void> {
    return this.database.inTenant(orgId, (tx) => this.audit.inOrganization(tx, { action, details: { ...details } }));
  }
}

/** The sites at which the principal may both see events and act on them. */
function sitesBoth(principal: MemberPrincipal): 'all' | readonly string[] {
  const [seen, acted] = [sitesWhere(principal, permissions.read), sitesWhere(principal, permissions.act)];
  if (seen === 'all') return acted;
  return acted === 'all' ? seen : seen.filter((site) => acted.includes(site));
}
