import type { Principal } from '@atrium/contract-kit';
import { permissionCatalog, type SystemRoleName } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type Transaction } from '@atrium/platform/database';
import { invalidField, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { actorOf } from '../audit/account-audit.js';
import type { Membership } from '../memberships/membership.js';
import type { Session } from '../sessions/session.repository.js';
import { StepUp } from '../sessions/step-up.js';
import { OperatorRepository } from './operator.repository.js';

/** An operator is inside an organization for an hour, however often the session refreshes. */
const visitSeconds = 3_600;
/** Access tokens of a visit live shorter than others, since leaving doesn't end them. */
const tokenSeconds = 300;

/** What the tokens of a session inside an organization are made of. */
export interface Visit {
  readonly membership: Membership;
  /** How long the access token lives. */
  readonly seconds: number;
}

export type LeaveReason = 'switched' | 'over' | 'no_longer_allowed';

const operatorRole: SystemRoleName = 'admin';

/**
 * The platform's operator inside organizations that they are no member of: explicit, for a reason, for an hour, and told
 * in the organization's own audit log. Nothing of it is stored but at the session, whose row the caller has locked.
 */
@Injectable()
export class OperatorVisits {
  constructor(
    private readonly database: Database,
    private readonly operators: OperatorRepository,
    private readonly stepUp: StepUp,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Throws NOT_FOUND for whoever is no operator, and for an organization that isn't there; VALIDATION_ERROR without a
   * reason; REAUTHENTICATION_REQUIRED without a recent proof. The caller holds the account's lock, so that revoking waits.
   */
  async enter(tx: Transaction, principal: Principal, session: Session, { orgId, reason }: { orgId: string; reason: string | undefined }): Promise<Visit> {
    const operator = await this.operators.find(tx, principal.userId);
    if (!operator) throw notFound('organization');
    if (reason === undefined) throw invalidField('reason', 'must say why: you are no member of this organization');
    await (operator.without_second_factor ? this.stepUp.require(tx, principal) : this.stepUp.requireSecondFactor(tx, principal));
    const membership = await this.membershipIn(orgId, principal.userId);
    if (!membership) throw notFound('organization');
    await this.leave(tx, session, 'switched');
    const until = await this.operators.begin(tx, session.id, orgId, visitSeconds);
    await this.record(tx, session, orgId, 'operator.entered', { reason, until: until.toISOString() });
    return { membership, seconds: tokenSeconds };
  }

  /** The visit as it goes on, by what holds now; a session that may not stay is led out of the organization. */
  async current(tx: Transaction, session: Session): Promise<Visit | undefined> {
    if (session.operator_org_id === null || session.operator_until === null) return undefined;
    const seconds = Math.floor((session.operator_until.getTime() - Date.now()) / 1000);
    const isAllowed = (await this.operators.find(tx, session.account_id)) !== undefined;
    const membership = isAllowed && seconds > 0 ? await this.membershipIn(session.operator_org_id, session.account_id) : undefined;
    if (membership) return { membership, seconds: Math.min(tokenSeconds, seconds) };
    await this.leave(tx, session, seconds > 0 ? 'no_longer_allowed' : 'over');
    return undefined;
  }

  /** Of no effect for a session that isn't on a visit. */
  async leave(tx: Transaction, session: Session, reason: LeaveReason): Promise<void> {
    if (session.operator_org_id === null) return;
    await this.operators.end(tx, session.id);
    await this.record(tx, session, session.operator_org_id, 'operator.left', { reason });
  }

  /** As if they held the operator's role there, with the organization's own permissions. */
  private async membershipIn(orgId: string, userId: string): Promise<Membership | undefined> {
    const destination = await this.database.inTenant(orgId, (tx) => this.operators.findDestination(tx, userId));
    if (!destination) return undefined;
    const permissions = [...new Set([...Object.keys(permissionCatalog), ...destination.permissions])];
    return { orgId, userId, version: destination.version, roles: [{ name: operatorRole, site_id: null, permissions }] };
  }

  private record(tx: Transaction, { id, account_id }: Session, orgId: string, action: string, details: Record<string, string>): Promise<void> {
    const resource = { type: 'organization', id: orgId };
    return this.audit.record(tx, { action, resource, actor: actorOf(account_id, id), details }, { orgId });
  }
}
