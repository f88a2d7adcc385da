import type { DataOf } from '@atrium/contract-kit';
import type { memberErased, membershipChanged } from '@atrium/contracts/domain-events';
import type { TenantTransaction, Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Membership, MembershipRole } from './membership.js';

interface MembershipRow {
  readonly org_id: string;
  readonly user_id: string;
  readonly version: number;
  readonly roles: MembershipRole[];
}

interface NamedMembershipRow extends MembershipRow {
  readonly name: string | null;
}

export interface NamedMembership extends Membership {
  /** Null while the organization's own event is on its way. */
  readonly organizationName: string | null;
}

export interface MembershipVersion {
  readonly org_id: string;
  readonly user_id: string;
  readonly version: number;
}

const toMembership = (row: MembershipRow): Membership => ({
  orgId: row.org_id,
  userId: row.user_id,
  version: row.version,
  roles: row.roles,
});

@Injectable()
export class MembershipRepository {
  /** Active ones of the person, oldest organization first. The transaction must be the person's own. */
  async listOfPerson(tx: Transaction, userId: string): Promise<NamedMembership[]> {
    const rows = await tx.manager.query<NamedMembershipRow[]>(
      `select m.org_id, m.user_id, m.version, m.roles, o.name
       from auth.memberships m left join auth.organizations o on o.org_id = m.org_id
       where m.user_id = $1 and m.active order by m.org_id`,
      [userId],
    );
    return rows.map((row) => ({ ...toMembership(row), organizationName: row.name }));
  }

  async findActive(tx: TenantTransaction, userId: string): Promise<Membership | undefined> {
    const [row] = await tx.manager.query<MembershipRow[]>(
      `select org_id, user_id, version, roles from auth.memberships where org_id = $1 and user_id = $2 and active`,
      [tx.orgId, userId],
    );
    return row && toMembership(row);
  }

  /** @returns what became of it: a stale event changes nothing */
  async upsert(tx: TenantTransaction, data: DataOf<typeof membershipChanged>): Promise<'inserted' | 'updated' | 'stale'> {
    const [row] = await tx.manager.query<{ inserted: boolean }[]>(
      `insert into auth.memberships as held (org_id, user_id, version, active, roles)
       values ($1, $2, $3, $4, $5)
       on conflict (org_id, user_id) do update
         set version = excluded.version, active = excluded.active, roles = excluded.roles, updated_at = now()
         where held.version < excluded.version
       returning (xmax = 0) as inserted`,
      [tx.orgId, data.user_id, data.version, data.active && data.roles.length > 0, JSON.stringify(data.roles)],
    );
    if (!row) return 'stale';
    return row.inserted ? 'inserted' : 'updated';
  }

  async deactivateAll(tx: TenantTransaction): Promise<void> {
    await tx.manager.query(`update auth.memberships set active = false where org_id = $1 and active`, [tx.orgId]);
  }

  /** A version above the erased one is of later, and stays. */
  async erase(tx: TenantTransaction, data: DataOf<typeof memberErased>): Promise<void> {
    await tx.manager.query(`delete from auth.memberships where org_id = $1 and user_id = $2 and version < $3`, [
      ...[tx.orgId, data.user_id, data.version],
    ]);
  }

  /** Across organizations, for whoever announces revocations again. */
  changedSince(tx: Transaction, since: Date): Promise<MembershipVersion[]> {
    return tx.manager.query<MembershipVersion[]>(`select * from auth.memberships_changed_since($1)`, [since]);
  }
}
