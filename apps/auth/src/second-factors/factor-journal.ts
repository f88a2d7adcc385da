import { secondFactorChanged, secondFactorRefused } from '@atrium/contracts/domain-events';
import type { DataOf } from '@atrium/contract-kit';
import { type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';

type Change = DataOf<typeof secondFactorChanged>['change'];

const actions: Readonly<Record<Change, string>> = {
  totp_added: 'mfa.enrolled',
  totp_removed: 'mfa.removed',
  recovery_codes_replaced: 'mfa.recovery_codes_replaced',
  recovery_code_used: 'mfa.recovery_code_used',
};

/** Whose log shows it, and who did it where the request doesn't say. */
export interface FactorContext {
  readonly orgId: string | null;
  readonly actor?: AuditRecord['actor'];
}

/** A code that was refused. */
export interface Refusal {
  readonly during: 'sign_in' | 'reauthentication' | 'enrolment';
  /** No more guesses for now: the person is told, since it may be somebody else who makes them. */
  readonly isLast: boolean;
}

const accountOf = (id: string): AuditRecord['resource'] => ({ type: 'account', id });

/** Tells the person by mail and the audit log what becomes of second factors. */
@Injectable()
export class FactorJournal {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    private readonly accounts: AccountRepository,
    private readonly recoveryCodes: RecoveryCodeRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async changed(tx: Transaction, account: Pick<Account, 'id' | 'email'>, change: Change, context: FactorContext): Promise<void> {
    const left = await this.recoveryCodes.countLeft(tx, account.id);
    await this.outbox.publish(
      tx,
      secondFactorChanged,
      { user_id: account.id, email: account.email, changed_at: new Date().toISOString(), change, recovery_codes_left: left },
      { orgId: null },
    );
    const { orgId, actor } = context;
    const record = { action: actions[change], resource: accountOf(account.id), details: { recovery_codes_left: left } };
    await this.audit.record(tx, { ...record, ...(actor && { actor }) }, { orgId });
  }

  /** Always throws INVALID_CREDENTIALS. In a transaction of its own: the refusal leaves no other trace. */
  async refuse(accountId: string, { during, isLast }: Refusal, { orgId }: FactorContext): Promise<never> {
    this.logger.warn({ event: 'mfa.failed', account_id: accountId, during }, 'A second factor was refused');
    const record: AuditRecord = { action: 'mfa.failed', outcome: 'failure', resource: accountOf(accountId), details: { during } };
    await this.database.withoutTenant(async (tx) => {
      await this.audit.record(tx, record, { orgId });
      if (isLast) await this.tellOfRefusals(tx, accountId);
    });
    throw new DomainError('INVALID_CREDENTIALS');
  }

  private async tellOfRefusals(tx: Transaction, accountId: string): Promise<void> {
    const account = await this.accounts.findById(tx, accountId);
    if (!account) return;
    const data = { user_id: account.id, email: account.email, refused_at: new Date().toISOString() };
    await this.outbox.publish(tx, secondFactorRefused, data, { orgId: null });
  }
}
