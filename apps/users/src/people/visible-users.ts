import type { MemberPrincipal } from '@atrium/contract-kit';
import { AccessDeniedError } from '@atrium/platform/auth-guard';
import type { TenantTransaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { MemberRepository, type MemberRow } from '../memberships/member.repository.js';
import { type HeldRole, RoleAssignmentRepository } from '../memberships/role-assignment.repository.js';
import { maySee } from './user.policy.js';

export interface Person {
  readonly member: MemberRow;
  readonly roles: readonly HeldRole[];
}

/** People as the principal may see them: those out of sight don't exist. */
@Injectable()
export class VisibleUsers {
  constructor(
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async get(tx: TenantTransaction, principal: MemberPrincipal, userId: string): Promise<Person> {
    const person = await this.getWithRemoved(tx, principal, userId);
    if (person.member.status === 'removed') throw notFound('user');
    return person;
  }

  /**
   * Removed people, too: what they held is in `roles`, without effect.
   * @throws DomainError NOT_FOUND
   */
  async getWithRemoved(tx: TenantTransaction, principal: MemberPrincipal, userId: string): Promise<Person> {
    const member = await this.members.find(tx, userId);
    if (!member) throw notFound('user');
    const roles = await this.assignments.heldBy(tx, [userId]);
    if (maySee(principal, userId, roles)) return { member, roles };
    throw new AccessDeniedError('NOT_FOUND', {
      permission: 'users.read',
      reason: 'a person out of sight',
      publicMessage: 'There is no such user.',
    });
  }
}
