import type { InputOf, MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { AuditLogEntry, usersEndpoints } from '@atrium/contracts/users';
import { Database } from '@atrium/platform/database';
import { invalidField } from '@atrium/platform/errors';
import { decodeCursor, encodeCursor, listNameOf } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import { type AuditLogFilter, AuditLogRepository, type AuditLogRow } from './audit-log.repository.js';

type Query = InputOf<typeof usersEndpoints.listAuditLogs>['query'];

@Injectable()
export class AuditLogService {
  constructor(
    private readonly database: Database,
    private readonly logs: AuditLogRepository,
  ) {}

  async list({ orgId }: MemberPrincipal, { limit, cursor, ...query }: Query): Promise<OutputOf<typeof usersEndpoints.listAuditLogs>> {
    const filter = filterOf(query);
    const listName = listNameOf(orgId, query);
    const after = cursor === undefined ? undefined : decodeCursor(listName, cursor);
    // One more than asked for tells whether there is a next page.
    const found = await this.database.inTenant(orgId, (tx) => this.logs.list(tx, filter, { after, limit: limit + 1 }));
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      data: shown.map(entryOf),
      next_cursor: found.length > limit && last ? encodeCursor(listName, { at: last.occurred_at, id: last.id }) : null,
    };
  }
}

function filterOf({ actor, action, resource, outcome, from, to }: Omit<Query, 'limit' | 'cursor'>): AuditLogFilter {
  const [area, verb] = action?.split('.') ?? [];
  const [type, id] = resource?.split(':') ?? [];
  const window = { from: from === undefined ? undefined : new Date(from), to: to === undefined ? undefined : new Date(to) };
  if (window.from && window.to && window.from >= window.to) throw invalidField('to', 'must be later than from');
  return {
    ...{ actor, outcome },
    action: area === undefined ? undefined : { area, whole: verb === '*' ? undefined : action },
    resource: type === undefined ? undefined : { type, id },
    ...window,
  };
}

const entryOf = (row: AuditLogRow): AuditLogEntry => ({
  id: row.id,
  occurred_at: row.occurred_at.toISOString(),
  action: row.action,
  outcome: row.outcome,
  actor: { kind: row.actor_kind, id: row.actor_id, session_id: row.session_id, email: row.email },
  resource: row.resource_type === null || row.resource_id === null ? null : { type: row.resource_type, id: row.resource_id },
  site_id: row.site_id,
  before: row.before,
  after: row.after,
  details: row.details,
  request_id: row.request_id,
});
