import { membershipChanged } from '@atrium/contracts/domain-events';
import type { TenantTransaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { MemberRepository } from './member.repository.js';
import { type HeldRole, RoleAssignmentRepository } from './role-assignment.repository.js';

/** Tells the other services what memberships have become, after every change of roles or status. */
@Injectable()
export class MembershipPublisher {
  constructor(
    private readonly members: MemberRepository,
    private readonly assignments: RoleAssignmentRepository,
    private readonly outbox: Outbox,
  ) {}

  /** Raises the membership versions, so that tokens made from the former roles die. */
  async changed(tx: TenantTransaction, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const memberships = await this.members.raiseVersions(tx, userIds);
    const held = await this.assignments.heldByEach(tx, userIds);
    for (const { user_id, membership_version, status } of memberships) {
      const roles = held.get(user_id) ?? [];
      await this.outbox.publish(
        tx,
        membershipChanged,
        {
          org_id: tx.orgId,
          user_id,
          version: membership_version,
          // Without roles there is nothing that a token of the organization could allow.
          active: status === 'active' && roles.length > 0,
          roles: roles.map(rolePart),
        },
        { orgId: tx.orgId },
      );
    }
  }
}

const rolePart = ({ name, site_id, permissions }: HeldRole) => ({ name, site_id, permissions: [...permissions] });
