import { type AuditEntry, domainEventEnvelope } from '@atrium/contract-kit';
import { auditRecorded } from '@atrium/contracts/domain-events';
import type { AuditLogEntry } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { expect } from 'vitest';
import { AuditLogIntake } from '../src/audit/audit-log.intake.js';
import type { Person, UsersApp } from './users-app.js';

const entry: AuditEntry = {
  action: 'test.done', outcome: 'success', actor: { kind: 'system', id: null, session_id: null }, resource: null, site_id: null, before: null, after: null, details: {},
};

/** Name of a month's table. */
export const monthOf = (at: Date): string => `audit_logs_${at.toISOString().slice(0, 7).replace('-', '_')}`;
export const monthsFromNow = (months: number): Date => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 15));
};

/** The audit log from both its ends. */
export class AuditLogBench {
  constructor(private readonly app: UsersApp) {}

  /** The queue's part: brings what the outbox holds. */
  async deliver(): Promise<void> {
    const { rows } = await this.app.store.superuser.query<{ payload: unknown }>(`select payload from users.outbox where payload->>'type' = 'audit.recorded' order by id`);
    for (const { payload } of rows) await this.hear(payload);
  }

  hear(payload: unknown): Promise<void> {
    const envelope = domainEventEnvelope.parse(payload);
    return this.app.get(AuditLogIntake).keep(auditRecorded.data.parse(envelope.data), envelope);
  }

  tell(orgId: string | null, more: Partial<AuditEntry> = {}, at = new Date(), id = newId()): Promise<void> {
    return this.hear({ id, type: auditRecorded.type, version: 1, occurred_at: at.toISOString(), org_id: orgId, request_id: 'request-1', data: { ...entry, ...more } });
  }

  async ask(person: Person, query: Record<string, string> = {}) {
    return this.app.call(await this.app.tokenOf(person), 'GET', `/audit-logs?${new URLSearchParams(query)}`);
  }

  async search(person: Person, query: Record<string, string> = {}): Promise<AuditLogEntry[]> {
    const { status, body } = await this.ask(person, { limit: '100', ...query });
    expect(status, JSON.stringify(body)).toBe(200);
    return body['data'] as AuditLogEntry[];
  }
}
