import type { Client, InputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { CurrentPassword } from '../passwords/current-password.js';
import { OwnSession } from '../sessions/own-session.js';
import { type AuthenticationMethod, SessionRepository } from '../sessions/session.repository.js';
import { StepUp } from '../sessions/step-up.js';
import { CodeThrottle } from './code-throttle.js';
import { FactorCodes } from './factor-codes.js';
import { FactorJournal } from './factor-journal.js';
import { typedCode } from './typed-code.js';

type Given = InputOf<typeof authEndpoints.reauthenticate>['body'];

/** Proves within a session who its person is. Guesses count as those at sign-in do. */
@Injectable()
export class ReauthenticationService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly own: OwnSession,
    private readonly sessions: SessionRepository,
    private readonly stepUp: StepUp,
    private readonly password: CurrentPassword,
    private readonly codes: FactorCodes,
    private readonly throttle: CodeThrottle,
    private readonly journal: FactorJournal,
    private readonly audit: AuditTrail,
  ) {}

  /** Throws INVALID_CREDENTIALS; REAUTHENTICATION_REQUIRED, naming what would do, where the password is not enough. */
  reauthenticate(principal: Principal, { password, code }: Given, client: Client): Promise<void> {
    if (password !== undefined) return this.byPassword(principal, password);
    return this.byCode(principal, typedCode(code ?? ''), client);
  }

  private async byPassword(principal: Principal, given: string): Promise<void> {
    const account = await this.database.withoutTenant(async (tx) => {
      await this.stepUp.requireSufficient(tx, principal, ['pwd']);
      return this.accounts.findById(tx, principal.userId);
    });
    if (!account) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the account is gone' });
    await this.password.require(account, given, principal.sessionId);
    await this.database.withoutTenant(async (tx) => {
      const current = await this.own.lock(tx, principal);
      if (current.password_version !== account.password_version) throw new DomainError('INVALID_CREDENTIALS');
      await this.mark(tx, principal, 'pwd');
    });
  }

  private async byCode(principal: Principal, code: string, client: Client): Promise<void> {
    const isLast = await this.throttle.consume(principal.userId, code, client.address);
    const proof = await this.codes.check(principal.userId, code);
    const isProven = await this.database.withoutTenant(async (tx) => {
      const account = await this.own.lock(tx, principal);
      if (!proof || !(await this.codes.redeem(tx, account, proof, principal))) return false;
      await this.mark(tx, principal, proof.method);
      return true;
    });
    if (!isProven) return this.journal.refuse(principal.userId, { during: 'reauthentication', isLast }, principal);
    await this.throttle.forgive(principal.userId);
  }

  private async mark(tx: Transaction, { sessionId, orgId }: Principal, method: AuthenticationMethod): Promise<void> {
    await this.sessions.markAuthenticated(tx, sessionId, [method]);
    const record = { action: 'session.reauthenticated', resource: { type: 'session', id: sessionId }, details: { method } };
    await this.audit.record(tx, record, { orgId });
  }
}
