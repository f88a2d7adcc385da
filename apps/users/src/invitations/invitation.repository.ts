import type { ProfileInput } from '@atrium/contracts/users';
import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { SiteScope } from '../sites/site.repository.js';

export interface InvitationRow {
  readonly id: string;
  readonly email: string;
  readonly role_id: number;
  readonly role_name: string;
  readonly site_id: string | null;
  readonly status: 'pending' | 'accepted' | 'revoked';
  readonly token_hash: string;
  readonly profile: ProfileInput;
  readonly invited_by: string;
  readonly version: number;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export interface NewInvitation {
  readonly id: string;
  readonly email: string;
  readonly roleId: number;
  readonly siteId: string | null;
  readonly tokenHash: string;
  readonly profile: ProfileInput;
  readonly invitedBy: string;
  readonly lifetimeDays: number;
}

/** Where an invitation is, for someone who doesn't know its organization. */
export interface InvitationAddress {
  readonly org_id: string;
  readonly id: string;
}

const columns = `i.id, i.email, i.role_id, i.site_id, i.status, i.token_hash, i.profile, i.invited_by, i.version,
  i.created_at, i.expires_at,
  (select r.name from users.roles r where r.id = i.role_id and (r.org_id is null or r.org_id = i.org_id)) as role_name`;

@Injectable()
export class InvitationRepository {
  /** Newest first. */
  list(tx: TenantTransaction, scope: SiteScope, limit: number): Promise<InvitationRow[]> {
    return rowsOf<InvitationRow>(
      tx,
      `select ${columns} from users.invitations i
       where i.org_id = $1 and ($2::uuid[] is null or i.site_id = any ($2::uuid[]))
       order by i.created_at desc, i.id desc limit $3`,
      [tx.orgId, scope === 'all' ? null : scope, limit],
    );
  }

  /** Locked until the transaction ends. */
  findForUpdate(tx: TenantTransaction, id: string): Promise<InvitationRow | undefined> {
    return findRow<InvitationRow>(tx, `select ${columns} from users.invitations i where i.org_id = $1 and i.id = $2 for update of i`, [
      tx.orgId,
      id,
    ]);
  }

  /** To that e-mail address, newest first. */
  listTo(tx: TenantTransaction, email: string): Promise<InvitationRow[]> {
    return rowsOf<InvitationRow>(
      tx,
      `select ${columns} from users.invitations i where i.org_id = $1 and i.email = $2 order by i.created_at desc, i.id desc`,
      [tx.orgId, email],
    );
  }

  /** Past ones to the person, which name their e-mail address. */
  async erasePast(tx: TenantTransaction, userId: string): Promise<void> {
    await rowsOf(
      tx,
      `delete from users.invitations i using users.members m
       where i.org_id = $1 and m.org_id = $1 and m.user_id = $2
         and i.status <> 'pending' and (i.accepted_by = m.user_id or i.email = m.email)`,
      [tx.orgId, userId],
    );
  }

  /** Organizations that invited the person, whose transaction it is, by their verified e-mail address. */
  async organizationsInviting(tx: Transaction): Promise<string[]> {
    const rows = await rowsOf<{ org_id: string }>(tx, `select org_id from users.organizations_inviting_me() org_id order by org_id`, []);
    return rows.map((row) => row.org_id);
  }

  async countPending(tx: TenantTransaction): Promise<number> {
    const row = await findRow<{ count: number }>(
      tx,
      `select count(*)::int as count from users.invitations
       where org_id = $1 and status = 'pending' and expires_at > now()`,
      [tx.orgId],
    );
    return row?.count ?? 0;
  }

  async add(tx: TenantTransaction, invitation: NewInvitation): Promise<InvitationRow> {
    const { id, email, roleId, siteId, tokenHash, profile, invitedBy, lifetimeDays } = invitation;
    const row = await findRow<InvitationRow>(
      tx,
      `insert into users.invitations as i (org_id, id, email, role_id, site_id, token_hash, profile, invited_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(days => $9)) returning ${columns}`,
      [...[tx.orgId, id, email, roleId, siteId, tokenHash], JSON.stringify(profile), invitedBy, lifetimeDays],
    );
    if (!row) throw new Error('An inserted invitation was not returned.');
    return row;
  }

  /** The invitation as it is now; undefined when it was no longer pending. */
  async revoke(tx: TenantTransaction, id: string): Promise<InvitationRow | undefined> {
    const [row] = await this.revokeWhere(tx, 'i.id = $2', [id]);
    return row;
  }

  revokeSame(tx: TenantTransaction, email: string, roleId: number, siteId: string | null): Promise<InvitationRow[]> {
    return this.revokeWhere(tx, 'i.email = $2 and i.role_id = $3 and i.site_id is not distinct from $4::uuid', [email, roleId, siteId]);
  }

  revokeAtSite(tx: TenantTransaction, siteId: string): Promise<InvitationRow[]> {
    return this.revokeWhere(tx, 'i.site_id = $2', [siteId]);
  }

  revokeAll(tx: TenantTransaction): Promise<InvitationRow[]> {
    return this.revokeWhere(tx, 'true', []);
  }

  revokeForRole(tx: TenantTransaction, roleId: number): Promise<InvitationRow[]> {
    return this.revokeWhere(tx, 'i.role_id = $2', [roleId]);
  }

  /** Undefined when it was no longer pending. */
  accept(tx: TenantTransaction, id: string, userId: string): Promise<InvitationRow | undefined> {
    return findRow<InvitationRow>(
      tx,
      `update users.invitations i set status = 'accepted', accepted_by = $3, version = version + 1
       where i.org_id = $1 and i.id = $2 and i.status = 'pending' returning ${columns}`,
      [tx.orgId, id, userId],
    );
  }

  locateByTokenHash(tx: Transaction, tokenHash: string): Promise<InvitationAddress | undefined> {
    return findRow<InvitationAddress>(tx, `select org_id, id from users.invitation_by_token($1)`, [tokenHash]);
  }

  locateById(tx: Transaction, id: string): Promise<InvitationAddress | undefined> {
    return findRow<InvitationAddress>(tx, `select org_id, id from users.invitation_by_id($1)`, [id]);
  }

  private revokeWhere(tx: TenantTransaction, condition: string, values: readonly unknown[]): Promise<InvitationRow[]> {
    return rowsOf<InvitationRow>(
      tx,
      `update users.invitations i set status = 'revoked', version = version + 1
       where i.org_id = $1 and i.status = 'pending' and ${condition} returning ${columns}`,
      [tx.orgId, ...values],
    );
  }
}
