import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import type { Transaction } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { Ceremony } from './passkey-challenge.repository.js';
import type { Passkey } from './passkey.repository.js';

/** Passkeys are a person's, so no organization's log shows them. */
const place = { orgId: null };
const resourceOf = ({ id }: Passkey) => ({ type: 'passkey', id });

/** What the audit log says of passkeys. */
@Injectable()
export class PasskeyAudit {
  constructor(
    private readonly trail: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async added(tx: Transaction, passkey: Passkey): Promise<void> {
    const { name, backup_eligible } = passkey;
    const after = { name, backup_eligible };
    await this.trail.record(tx, { action: 'passkey.added', resource: resourceOf(passkey), after }, place);
  }

  async renamed(tx: Transaction, passkey: Passkey): Promise<void> {
    const after = { name: passkey.name };
    await this.trail.record(tx, { action: 'passkey.renamed', resource: resourceOf(passkey), after }, place);
  }

  async removed(tx: Transaction, passkey: Passkey): Promise<void> {
    const before = { name: passkey.name };
    await this.trail.record(tx, { action: 'passkey.removed', resource: resourceOf(passkey), before }, place);
  }

  /** The person was just proven by it: at sign-in the request itself names nobody. */
  async used(tx: Transaction, passkey: Passkey, ceremony: Ceremony): Promise<void> {
    const session_id = ceremony.kind === 'login' ? null : ceremony.sessionId;
    const actor = { kind: 'user' as const, id: passkey.account_id, session_id };
    const details = { ceremony: ceremony.kind };
    await this.trail.record(tx, { action: 'passkey.used', actor, resource: resourceOf(passkey), details }, place);
  }

  /** The actor is whoever asks, who has proven nothing by it. */
  async refused(tx: Transaction, passkey: Passkey, ceremony: Ceremony): Promise<void> {
    const details = { ceremony: ceremony.kind, account_id: passkey.account_id };
    const record = { action: 'passkey.refused', outcome: 'denied' as const, resource: resourceOf(passkey), details };
    await this.trail.record(tx, record, place);
  }

  /** Signed by the right key, but which of two authenticators signed nobody can tell. */
  async cloneSuspected(tx: Transaction, passkey: Passkey, ceremony: Ceremony, presented: number): Promise<void> {
    const details = { ceremony: ceremony.kind, account_id: passkey.account_id, stored: passkey.sign_count, presented };
    const record = { action: 'passkey.clone_suspected', outcome: 'denied' as const, resource: resourceOf(passkey), details };
    await this.trail.record(tx, record, place);
    this.logger.error({ event: record.action, passkey_id: passkey.id, ...details }, 'A passkey may have been copied.');
  }
}
