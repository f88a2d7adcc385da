import type { AuditEntry, DomainEventEnvelope } from '@atrium/contract-kit';
import { rowsOf, type TenantTransaction } from '@atrium/platform/database';
import type { ListPosition } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';

export interface AuditLogRow {
  readonly id: string;
  readonly occurred_at: Date;
  readonly action: string;
  readonly outcome: AuditEntry['outcome'];
  readonly actor_kind: AuditEntry['actor']['kind'];
  readonly actor_id: string | null;
  readonly session_id: string | null;
  readonly resource_type: string | null;
  readonly resource_id: string | null;
  readonly site_id: string | null;
  readonly before: AuditEntry['before'];
  readonly after: AuditEntry['after'];
  readonly details: AuditEntry['details'];
  readonly request_id: string;
  readonly email: string | null;
}

export interface AuditLogFilter {
  readonly actor: string | undefined;
  /** A whole action, or all of an area. */
  readonly action: { readonly area: string; readonly whole: string | undefined } | undefined;
  readonly resource: { readonly type: string; readonly id: string | undefined } | undefined;
  readonly outcome: AuditEntry['outcome'] | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/** Where an entry is sure to be kept: older months go. */
const kept = `now() - interval '1 year'`;

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

@Injectable()
export class AuditLogRepository {
  /** The envelope's id is the entry's: the same event makes one row. What is older than the log keeps is left out. */
  async add(tx: TenantTransaction, { id, occurred_at: at, request_id }: DomainEventEnvelope, entry: AuditEntry): Promise<void> {
    const { action, outcome, actor, resource, site_id, before, after, details } = entry;
    const [recent] = await rowsOf(tx, `select users.audit_logs_ensure_partition($1) where $1::timestamptz > ${kept}`, [at]);
    if (!recent) return;
    await rowsOf(
      tx,
      `insert into users.audit_logs (org_id, occurred_at, id, action, outcome, actor_kind, actor_id, session_id, resource_type,
         resource_id, site_id, before, after, details, request_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing`,
      [
        ...[tx.orgId, at, id, action, outcome, actor.kind, actor.id, actor.session_id, resource?.type ?? null, resource?.id ?? null],
        ...[site_id, json(before), json(after), json(details), request_id],
      ],
    );
  }

  /** Newest first. */
  list(tx: TenantTransaction, filter: AuditLogFilter, page: { readonly after: ListPosition | undefined; readonly limit: number }): Promise<AuditLogRow[]> {
    const { sql, values } = conditionOf(filter, tx.orgId, page.after);
    return rowsOf<AuditLogRow>(
      tx,
      `select l.id, l.occurred_at, l.action, l.outcome, l.actor_kind, l.actor_id, l.session_id, l.resource_type, l.resource_id, l.site_id,
         l.before, l.after, l.details, l.request_id, m.email
       from (select * from users.audit_logs where ${sql} order by occurred_at desc, id desc limit $${values.length + 1}) l
       left join users.members m on m.org_id = l.org_id and m.user_id = l.actor_id
       order by l.occurred_at desc, l.id desc`,
      [...values, page.limit],
    );
  }
}

function conditionOf(filter: AuditLogFilter, orgId: string, after: ListPosition | undefined): { sql: string; values: unknown[] } {
  const { actor, action, resource, outcome, from, to } = filter;
  const values: unknown[] = [orgId];
  const conditions = ['org_id = $1', `occurred_at > ${kept}`];
  const add = (value: unknown, sql: (place: string) => string): void => {
    if (value !== undefined) conditions.push(sql(`$${values.push(value)}`));
  };
  add(actor, (at) => `actor_id = ${at}`);
  add(action?.area, (at) => `area = ${at}`);
  add(action?.whole, (at) => `action = ${at}`);
  add(resource?.type, (at) => `resource_type = ${at}`);
  add(resource?.id, (at) => `resource_id = ${at}`);
  add(outcome, (at) => `outcome = ${at}`);
  add(from, (at) => `occurred_at >= ${at}`);
  add(to, (at) => `occurred_at < ${at}`);
  // The first comparison alone lets whole months be left out.
  add(after?.at, (at) => `occurred_at <= ${at}`);
  if (after) add(after.id, (at) => `(occurred_at, id) < ($${values.length - 1}, ${at})`);
  return { sql: conditions.join(' and '), values };
}
