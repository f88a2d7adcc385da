import type { AuditTrail } from '@atrium/platform/audit';
import { CommandError } from '@atrium/platform/command';
import type { Database, Transaction } from '@atrium/platform/database';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { PasskeyRepository } from '../passkeys/passkey.repository.js';
import { TotpFactorRepository } from '../second-factors/totp-factor.repository.js';
import { revocationSeconds } from '../sessions/session-lifetime.js';
import { type Operator, OperatorRepository } from './operator.repository.js';

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Makes and unmakes operators, for the command alone: it needs the rights of the schema's owner. */
export class OperatorRights {
  private readonly accounts = new AccountRepository();
  private readonly operators = new OperatorRepository();
  private readonly factors = new TotpFactorRepository();
  private readonly passkeys = new PasskeyRepository();

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  list(): Promise<Operator[]> {
    return this.database.withoutTenant((tx) => this.operators.list(tx));
  }

  /** `who` is an e-mail address or an account's id. @returns false when they are one already. Throws CommandError. */
  grant(who: string, { withoutSecondFactor }: { readonly withoutSecondFactor: boolean }): Promise<boolean> {
    return this.database.withoutTenant(async (tx) => {
      const { id } = await this.find(tx, who);
      const account = await this.accounts.lockActive(tx, id);
      if (!account) throw new CommandError('This account is disabled.');
      if (account.email_verified_at === null) throw new CommandError('The address of this account is not verified.');
      if (!withoutSecondFactor && !(await this.hasSecondFactor(tx, id))) {
        throw new CommandError('This account has neither an authenticator app nor a passkey: add one first, or say --without-second-factor.');
      }
      const isAdded = await this.operators.add(tx, id, withoutSecondFactor);
      await this.record(tx, id, 'operator.granted', { without_second_factor: withoutSecondFactor });
      return isAdded;
    });
  }

  /**
   * Ends the sessions that are, or lately were, inside organizations. Repeating it announces them again.
   *
   * @returns ids of sessions whose end is to be announced. Throws CommandError.
   */
  revoke(who: string): Promise<string[]> {
    return this.database.withoutTenant(async (tx) => {
      const { id } = await this.find(tx, who);
      // Whoever enters an organization holds this lock: either they see the right gone, or their session is found here.
      await this.accounts.lock(tx, id);
      const isRemoved = await this.operators.remove(tx, id);
      const visits = await this.operators.endVisitsOf(tx, id);
      for (const visit of visits) await this.recordEnd(tx, visit.operator_org_id, id, visit.id);
      if (isRemoved) await this.record(tx, id, 'operator.revoked', { sessions_ended: visits.length });
      const ids = await this.operators.endedVisitsOf(tx, id, revocationSeconds);
      if (!isRemoved && ids.length === 0) throw new CommandError('This account is no operator.');
      return ids;
    });
  }

  private async find(tx: Transaction, who: string): Promise<Account> {
    const account = uuidPattern.test(who) ? await this.accounts.findById(tx, who) : await this.accounts.findByEmail(tx, who.toLowerCase());
    if (!account) throw new CommandError('There is no such account.');
    return account;
  }

  private async hasSecondFactor(tx: Transaction, id: string): Promise<boolean> {
    return (await this.factors.confirmedAt(tx, id)) !== null || (await this.passkeys.count(tx, id)) > 0;
  }

  /** No organization sees who operates the platform. */
  private record(tx: Transaction, id: string, action: string, details: Record<string, boolean | number>): Promise<void> {
    return this.audit.record(tx, { action, resource: { type: 'account', id }, details }, { orgId: null });
  }

  private async recordEnd(tx: Transaction, orgId: string | null, accountId: string, sessionId: string): Promise<void> {
    if (orgId === null) return;
    const details = { reason: 'no_longer_allowed', operator_id: accountId, session_id: sessionId };
    await this.audit.record(tx, { action: 'operator.left', resource: { type: 'organization', id: orgId }, details }, { orgId });
  }
}
