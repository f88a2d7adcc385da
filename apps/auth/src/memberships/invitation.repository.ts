import type { DataOf } from '@atrium/contract-kit';
import type { invitationChanged } from '@atrium/contracts/domain-events';
import type { TenantTransaction, Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface Invitation {
  readonly invitation_id: string;
  readonly email: string;
  readonly status: 'pending' | 'accepted' | 'revoked';
  readonly expires_at: Date;
}

@Injectable()
export class InvitationRepository {
  /** Across organizations: the token's hash is all that its holder knows. */
  async findByTokenHash(tx: Transaction, tokenHash: Buffer): Promise<Invitation | undefined> {
    const [row] = await tx.manager.query<Invitation[]>(
      `select invitation_id, email, status, expires_at from auth.find_invitation($1)`,
      [tokenHash.toString('hex')],
    );
    return row;
  }

  /** Those to the person's e-mail address that are no longer pending. */
  async erasePast(tx: TenantTransaction, userId: string): Promise<void> {
    await tx.manager.query(
      `delete from auth.invitations i using auth.accounts a
       where i.org_id = $1 and a.id = $2 and i.email = a.email and i.status <> 'pending'`,
      [tx.orgId, userId],
    );
  }

  /** A stale event changes nothing. */
  async upsert(tx: TenantTransaction, data: DataOf<typeof invitationChanged>): Promise<void> {
    await tx.manager.query(
      `insert into auth.invitations as held (org_id, invitation_id, email, token_hash, status, expires_at, version)
       values ($1, $2, lower($3), $4, $5, $6, $7)
       on conflict (org_id, invitation_id) do update
         set email = excluded.email, token_hash = excluded.token_hash, status = excluded.status,
             expires_at = excluded.expires_at, version = excluded.version
         where held.version < excluded.version`,
      [tx.orgId, data.invitation_id, data.email, data.token_hash, data.status, data.expires_at, data.version],
    );
  }
}
