import type { ProfileInput, UserStatus } from '@atrium/contracts/users';
import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';

/** A person as one organization knows them. */
export interface MemberRow {
  readonly user_id: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly avatar_url: string | null;
  readonly status: UserStatus;
  readonly version: number;
  readonly created_at: Date;
  readonly last_login: Date | null;
}

export interface MembershipVersion {
  readonly user_id: string;
  readonly membership_version: number;
  readonly status: UserStatus;
}

export const memberColumns = [
  ...['user_id', 'email', 'email_verified', 'first_name', 'last_name', 'avatar_url'],
  ...['status', 'version', 'created_at', 'last_login'],
]
  .map((column) => `m.${column}`)
  .join(', ');

@Injectable()
export class MemberRepository {
  find(tx: TenantTransaction, userId: string): Promise<MemberRow | undefined> {
    return findRow<MemberRow>(tx, `select ${memberColumns} from users.members m where m.org_id = $1 and m.user_id = $2`, [
      tx.orgId,
      userId,
    ]);
  }

  /** Whether somebody with that e-mail holds a role here. */
  async holdsRoleByEmail(tx: TenantTransaction, email: string): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `select 1 as found from users.members m where m.org_id = $1 and m.email = $2 and m.status <> 'removed'
         and exists (select from users.role_assignments a where a.org_id = m.org_id and a.user_id = m.user_id) limit 1`,
      [tx.orgId, email],
    );
    return rows.length > 0;
  }

  /** Leaves somebody who is known already as they are. */
  async add(tx: TenantTransaction, account: Account, profile: ProfileInput): Promise<void> {
    await rowsOf(
      tx,
      `insert into users.members (org_id, user_id, email, email_verified, last_login, first_name, last_name, avatar_url)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (org_id, user_id) do nothing`,
      [
        ...[tx.orgId, account.user_id, account.email, account.email_verified, account.last_login_at],
        ...[profile.first_name ?? null, profile.last_name ?? null, profile.avatar_url ?? null],
      ],
    );
  }

  /** Changes the fields that are given. Undefined when the version is no longer the current one. */
  updateProfile(
    tx: TenantTransaction,
    userId: string,
    version: number,
    profile: ProfileInput,
  ): Promise<MemberRow | undefined> {
    const given = (value: unknown): boolean => value !== undefined;
    return findRow<MemberRow>(
      tx,
      `update users.members m set
         first_name = case when $4 then $5 else first_name end,
         last_name = case when $6 then $7 else last_name end,
         avatar_url = case when $8 then $9 else avatar_url end,
         version = version + 1, updated_at = now()
       where m.org_id = $1 and m.user_id = $2 and m.version = $3
       returning ${memberColumns}`,
      [
        ...[tx.orgId, userId, version],
        ...[given(profile.first_name), profile.first_name ?? null, given(profile.last_name), profile.last_name ?? null],
        ...[given(profile.avatar_url), profile.avatar_url ?? null],
      ],
    );
  }

  async verifyEmail(tx: TenantTransaction, userId: string): Promise<void> {
    await rowsOf(
      tx,
      `update users.members set email_verified = true, version = version + 1, updated_at = now()
       where org_id = $1 and user_id = $2 and not email_verified`,
      [tx.orgId, userId],
    );
  }

  /** Not a new version: signing in must not make a colleague's edit stale. */
  async logIn(tx: TenantTransaction, userId: string, at: string): Promise<void> {
    await rowsOf(
      tx,
      `update users.members set last_login = $3
       where org_id = $1 and user_id = $2 and (last_login is null or last_login < $3)`,
      [tx.orgId, userId, at],
    );
  }

  /** Marks the people's memberships as changed. */
  raiseVersions(tx: TenantTransaction, userIds: readonly string[]): Promise<MembershipVersion[]> {
    return rowsOf<MembershipVersion>(
      tx,
      `update users.members
       set membership_version = membership_version + 1, version = version + 1, announce_again = false, updated_at = now()
       where org_id = $1 and user_id = any ($2::uuid[]) returning user_id, membership_version, status`,
      [tx.orgId, userIds],
    );
  }

  /** False when the person has that status already. Removed people keep theirs. */
  async setStatus(tx: TenantTransaction, userId: string, status: 'active' | 'disabled'): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `update users.members set status = $3, updated_at = now()
       where org_id = $1 and user_id = $2 and status not in ('removed', $3) returning user_id`,
      [tx.orgId, userId, status],
    );
    return rows.length > 0;
  }

  async remove(tx: TenantTransaction, userId: string): Promise<void> {
    await rowsOf(
      tx,
      `update users.members set status = 'removed', status_before_removal = status, removed_at = now(), updated_at = now()
       where org_id = $1 and user_id = $2 and status <> 'removed'`,
      [tx.orgId, userId],
    );
  }

  /** Some of those who are left, as {@link remove} does; nobody when all are removed. */
  async removeSome(tx: TenantTransaction, limit: number): Promise<string[]> {
    const rows = await rowsOf<{ user_id: string }>(
      tx,
      `update users.members set status = 'removed', status_before_removal = status, removed_at = now(), updated_at = now()
       where org_id = $1 and user_id in
         (select user_id from users.members where org_id = $1 and status <> 'removed' order by user_id limit $2)
       returning user_id`,
      [tx.orgId, limit],
    );
    return rows.map((row) => row.user_id);
  }

  /** As they were before; false when the time for it is over. */
  async restore(tx: TenantTransaction, userId: string, withinDays: number): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `update users.members set status = status_before_removal, status_before_removal = null, removed_at = null, updated_at = now()
       where org_id = $1 and user_id = $2 and status = 'removed' and removed_at > now() - make_interval(days => $3)
       returning user_id`,
      [tx.orgId, userId, withinDays],
    );
    return rows.length > 0;
  }

  async readmit(tx: TenantTransaction, userId: string): Promise<void> {
    await rowsOf(
      tx,
      `update users.members set status = 'active', status_before_removal = null, removed_at = null, updated_at = now()
       where org_id = $1 and user_id = $2 and status = 'removed'`,
      [tx.orgId, userId],
    );
  }

  /** Whether the person was removed longer ago than that. They may have come back since it was last asked. */
  async isOverdue(tx: TenantTransaction, userId: string, days: number): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `select 1 as overdue from users.members where org_id = $1 and user_id = $2
         and status = 'removed' and removed_at < now() - make_interval(days => $3)`,
      [tx.orgId, userId, days],
    );
    return rows.length > 0;
  }

  /** Deletes the person with their roles; answers a membership version above all that were told. */
  async erase(tx: TenantTransaction, userId: string): Promise<number> {
    const row = await findRow<{ version: number }>(
      tx,
      `delete from users.members where org_id = $1 and user_id = $2 returning membership_version + 1 as version`,
      [tx.orgId, userId],
    );
    if (!row) throw new Error('A person to be erased was not found.');
    return row.version;
  }

  /** Whether anybody but the person belongs to the organization. */
  async hasOthers(tx: TenantTransaction, userId: string): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `select 1 as other from users.members where org_id = $1 and user_id <> $2 and status <> 'removed' limit 1`,
      [tx.orgId, userId],
    );
    return rows.length > 0;
  }

  /** Organizations that know the person, with or without roles; the transaction must be the person's own. */
  async organizationsOf(tx: Transaction, userId: string): Promise<string[]> {
    const rows = await rowsOf<{ org_id: string }>(tx, `select org_id from users.members where user_id = $1 order by org_id`, [userId]);
    return rows.map((row) => row.org_id);
  }
}
