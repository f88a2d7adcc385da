import { AuditBuffer, type AuditRecord, AuditTrail } from '@atrium/platform/audit';
import { currentContext } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import type { OutboxMessage } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { SessionMemberships } from '../sessions/session-memberships.js';

type Subject = Pick<Account, 'id' | 'last_org_id'>;
type Happening = Pick<AuditRecord, 'action'> & Partial<Pick<AuditRecord, 'outcome' | 'actor' | 'details'>>;

const about = (accountId: string, happening: Happening): AuditRecord => ({ ...happening, resource: { type: 'user', id: accountId } });

/** Who acts where nobody is signed in yet, or any more: the person, who has just proven it. */
export const actorOf = (accountId: string, sessionId: string | null = null): AuditRecord['actor'] => ({
  kind: 'user',
  id: accountId,
  session_id: sessionId,
});

/**
 * Tells the audit log what happens to an account. One organization sees it: that of the session at hand, else the one
 * that the person was in last, if they still are a member. Without either it is nobody's but the platform's.
 */
@Injectable()
export class AccountAudit {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly memberships: SessionMemberships,
    private readonly trail: AuditTrail,
    private readonly buffer: AuditBuffer,
  ) {}

  async record(tx: Transaction, account: Subject, happening: Happening): Promise<void> {
    await this.recordIn(tx, await this.organizationOf(account), account.id, happening);
  }

  /** Whose log shows what happens to the account now; null where it is the platform's alone. */
  async organizationOf(account: Subject): Promise<string | null> {
    return currentContext()?.orgId ?? (await this.lastOrganizationOf(account));
  }

  /** In the organization that the caller knows the person to be a member of. */
  async recordIn(tx: Transaction, orgId: string | null, accountId: string, happening: Happening): Promise<void> {
    await this.trail.record(tx, about(accountId, happening), { orgId });
  }

  /** What {@link recordIn} writes, as yet unwritten. */
  messagesIn(orgId: string | null, accountId: string, happening: Happening): OutboxMessage[] {
    return this.trail.messages(about(accountId, happening), { orgId });
  }

  /** Away from the answer, which must take as long for an address that has no account. */
  failed(account: Subject | undefined, action: string, reason: string): void {
    if (!account) return;
    const orgId = currentContext()?.orgId;
    this.buffer.add(`${action} ${account.id} ${reason}`, async () => ({
      record: about(account.id, { action, outcome: 'failure', details: { reason } }),
      orgId: orgId ?? (await this.lastOrganizationOf(account)),
    }));
  }

  /** Too many attempts at an address, which may have no account. */
  throttled(email: string): void {
    this.buffer.add(`user.sign_in_throttled ${email}`, async () => {
      const account = await this.database.withoutTenant((tx) => this.accounts.findByEmail(tx, email));
      if (!account) return undefined;
      const record = about(account.id, { action: 'user.sign_in_throttled', outcome: 'denied' });
      return { record, orgId: await this.lastOrganizationOf(account) };
    });
  }

  private async lastOrganizationOf({ id, last_org_id: orgId }: Subject): Promise<string | null> {
    if (orgId === null) return null;
    return (await this.memberships.find(id, orgId)) ? orgId : null;
  }
}
