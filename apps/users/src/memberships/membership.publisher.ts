import { membershipChanged } from '@atrium/contracts/domain-events';
import type { TenantTransaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { MemberRepository } from './member.repository.js';
import { type HeldRole, RoleAssignmentRepository } from './role-assignment.repository.js';

/** People told of in one go: what is held in memory stays bounded, however many hold a role. */
const batchSize = 500;

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

  /** {@link changed} for everybody who holds the role. */
  async roleChanged(tx: TenantTransaction, roleId: number): Promise<void> {
    let holders: string[] = [];
    do {
      holders = await this.assignments.holdersOf(tx, roleId, holders.at(-1) ?? null, batchSize);
      await this.changed(tx, holders);
    } while (holders.length === batchSize);
  }
}

const rolePart = ({ name, site_id, permissions }: HeldRole) => ({ name, site_id, permissions: [...permissions] });
