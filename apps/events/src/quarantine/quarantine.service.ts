import { type InputOf, type MemberPrincipal, type OutputOf, sitesWhere } from '@atrium/contract-kit';
import { type eventsEndpoints, quarantineCode } from '@atrium/contracts/events';
import { requireSiteVisible } from '@atrium/platform/auth-guard';
import { decodeCursor, encodeCursor, listNameOf } from '@atrium/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { toQuarantinedEvent } from './quarantine.mapper.js';
import { QuarantineConditions, type QuarantineScope } from './quarantine-query.js';
import { QuarantineRepository } from './quarantine.repository.js';

type Endpoints = typeof eventsEndpoints;
const read = 'events.read';

const violations = z.array(
  z.object({
    event: z.string(),
    source_id: z.uuid(),
    schema_version: z.int(),
    code: quarantineCode,
    path: z.string(),
    message: z.string(),
    observed: z.int(),
    quarantined: z.int(),
    last_seen: z.int(),
  }),
);
// A place in a list says less than that it happens in the list.
const place = `replaceRegexpAll(path, '\\\\.[0-9]+(\\\\.|$)', '.*\\\\1')`;

/** Shows what was kept out, and what was wrong with it. Whoever doesn't see a site doesn't see its events. */
@Injectable()
export class QuarantineService {
  constructor(@Inject(QuarantineRepository) private readonly rows: QuarantineRepository) {}

  async list({ principal, query }: InputOf<Endpoints['listQuarantine']>): Promise<OutputOf<Endpoints['listQuarantine']>> {
    const { limit, cursor, status, ...filter } = query;
    const name = listNameOf(principal.orgId, { ...filter, status, list: 'quarantine' });
    const after = cursor === undefined ? undefined : decodeCursor(name, cursor);
    const selection = { ...this.scope(principal, filter.site_id), status, filter };
    const found = await this.rows.page(selection, { order: 'newest', after, limit: limit + 1 });
    const data = found.slice(0, limit);
    const last = found.length > limit ? data.at(-1) : undefined;
    return { data: data.map(toQuarantinedEvent), next_cursor: last ? encodeCursor(name, { at: new Date(last.received), id: last.id }) : null };
  }

  async countViolations({ principal, query }: InputOf<Endpoints['countViolations']>): Promise<OutputOf<Endpoints['countViolations']>> {
    const { condition } = new QuarantineConditions(this.scope(principal, query.site_id)).filtered(query);
    const select = (from: string): string => `
      SELECT event_name AS event, source_id, schema_version, code, ${place} AS path, reason AS message,
        countIf(status = 'observed') AS observed, countIf(status != 'observed') AS quarantined,
        toUnixTimestamp64Milli(max(received_at)) AS last_seen
      FROM (SELECT * FROM ${from} AND code != 'UNREADABLE')
      GROUP BY ALL ORDER BY observed + quarantined DESC, event, path LIMIT 1000`;
    const found = violations.parse(await this.rows.grouped(select, condition));
    return { data: found.map((one) => ({ ...one, last_seen: new Date(one.last_seen).toISOString() })) };
  }

  /** Throws NOT_FOUND for a site that the principal doesn't see. */
  private scope(principal: MemberPrincipal, siteId: string | undefined): QuarantineScope {
    if (siteId !== undefined) requireSiteVisible(principal, read, siteId, 'site');
    return { orgId: principal.orgId, sites: sitesWhere(principal, read) };
  }
}
