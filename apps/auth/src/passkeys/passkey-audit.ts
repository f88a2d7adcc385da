import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import type { Transaction } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import type { Ceremony } from './passkey-challenge.repository.js';
import type { Passkey } from './passkey.repository.js';

const resourceOf = ({ id }: Passkey) => ({ type: 'passkey', id });

/** What the audit log says of passkeys, where it says what else happens to the account. Not their names, which people make up. */
@Injectable()
export class PasskeyAudit {
  constructor(
    private readonly trail: AuditTrail,
    private readonly accounts: AccountRepository,
    private readonly account: AccountAudit,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async added(tx: Transaction, passkey: Passkey): Promise<void> {
    const after = { backup_eligible: passkey.backup_eligible };
    await this.record(tx, passkey, { action: 'passkey.added', after });
  }

  async renamed(tx: Transaction, passkey: Passkey): Promise<void> {
    await this.record(tx, passkey, { action: 'passkey.renamed' });
  }

  async removed(tx: Transaction, passkey: Passkey): Promise<void> {
    await this.record(tx, passkey, { action: 'passkey.removed' });
  }

  /** The person was just proven by it: at sign-in the request itself names nobody. */
  async used(tx: Transaction, passkey: Passkey, ceremony: Ceremony): Promise<void> {
    const session_id = ceremony.kind === 'login' ? null : ceremony.sessionId;
    const actor = { kind: 'user' as const, id: passkey.account_id, session_id };
    const details = { ceremony: ceremony.kind };
    await this.record(tx, passkey, { action: 'passkey.used', actor, details });
  }

  /** The actor is whoever asks, who has proven nothing by it. */
  async refused(tx: Transaction, passkey: Passkey, ceremony: Ceremony): Promise<void> {
    const details = { ceremony: ceremony.kind, account_id: passkey.account_id };
    await this.record(tx, passkey, { action: 'passkey.refused', outcome: 'denied', details });
  }

  /** Signed by the right key, but which of two authenticators signed nobody can tell. */
  async cloneSuspected(tx: Transaction, passkey: Passkey, ceremony: Ceremony, presented: number): Promise<void> {
    const details = { ceremony: ceremony.kind, account_id: passkey.account_id, stored: passkey.sign_count, presented };
    const action = 'passkey.clone_suspected';
    await this.record(tx, passkey, { action, outcome: 'denied', details });
    this.logger.error({ event: action, passkey_id: passkey.id, ...details }, 'A passkey may have been copied.');
  }

  private async record(tx: Transaction, passkey: Passkey, record: AuditRecord): Promise<void> {
    const account = await this.accounts.findById(tx, passkey.account_id);
    const orgId = account ? await this.account.organizationOf(account) : null;
    await this.trail.record(tx, { ...record, resource: resourceOf(passkey) }, { orgId });
  }
}
