import { randomBytes } from 'node:crypto';
import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface Passkey {
  readonly id: string;
  readonly account_id: string;
  /** Raw bytes. */
  readonly credential_id: Buffer;
  /** COSE_Key (RFC 9052 §7). */
  readonly public_key: Buffer;
  /** Uses that the authenticator counted; 0 at those that don't count, as synced ones. */
  readonly sign_count: number;
  readonly transports: string[];
  /** Whether it may be copied; never changes. */
  readonly backup_eligible: boolean;
  readonly backed_up: boolean;
  readonly name: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

/** What each use of a passkey tells of it. */
export type PasskeyUse = Pick<Passkey, 'sign_count' | 'backed_up'>;
export type NewPasskey = Omit<Passkey, 'created_at' | 'last_used_at'>;

const columns = `id, account_id, credential_id, public_key, sign_count::float8 as sign_count, transports, backup_eligible,
  backed_up, name, created_at, last_used_at`;

@Injectable()
export class PasskeyRepository {
  /** Oldest first. */
  list(tx: Transaction, accountId: string): Promise<Passkey[]> {
    return tx.manager.query<Passkey[]>(
      `select ${columns} from auth.passkeys where account_id = $1 order by created_at, id`,
      [accountId],
    );
  }

  async count(tx: Transaction, accountId: string): Promise<number> {
    const [row] = await tx.manager.query<{ count: number }[]>(`select count(*)::int as count from auth.passkeys where account_id = $1`, [accountId]);
    return row?.count ?? 0;
  }

  async findByCredentialId(tx: Transaction, credentialId: Buffer): Promise<Passkey | undefined> {
    const [row] = await tx.manager.query<Passkey[]>(`select ${columns} from auth.passkeys where credential_id = $1`, [
      credentialId,
    ]);
    return row;
  }

  /** Held until the transaction ends: uses of one passkey are counted one after the other. */
  async lock(tx: Transaction, id: string): Promise<Passkey | undefined> {
    const [row] = await tx.manager.query<Passkey[]>(`select ${columns} from auth.passkeys where id = $1 for update`, [id]);
    return row;
  }

  /** @returns undefined when the credential is known already, whoever's it is */
  async insert(tx: Transaction, passkey: NewPasskey): Promise<Passkey | undefined> {
    const [row] = await tx.manager.query<Passkey[]>(
      `insert into auth.passkeys
         (id, account_id, credential_id, public_key, sign_count, transports, backup_eligible, backed_up, name)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (credential_id) do nothing returning ${columns}`,
      [
        ...[passkey.id, passkey.account_id, passkey.credential_id, passkey.public_key, passkey.sign_count],
        ...[passkey.transports, passkey.backup_eligible, passkey.backed_up, passkey.name],
      ],
    );
    return row;
  }

  async recordUse(tx: Transaction, id: string, use: PasskeyUse): Promise<void> {
    await tx.manager.query(`update auth.passkeys set sign_count = $2, backed_up = $3, last_used_at = now() where id = $1`, [
      ...[id, use.sign_count, use.backed_up],
    ]);
  }

  async rename(tx: Transaction, accountId: string, id: string, name: string): Promise<Passkey | undefined> {
    const [[row]] = await tx.manager.query<[Passkey[], number]>(
      `update auth.passkeys set name = $3 where id = $1 and account_id = $2 returning ${columns}`,
      [id, accountId, name],
    );
    return row;
  }

  /** @returns what was removed; undefined when the person has no such passkey */
  async remove(tx: Transaction, accountId: string, id: string): Promise<Passkey | undefined> {
    const [[row]] = await tx.manager.query<[Passkey[], number]>(
      `delete from auth.passkeys where id = $1 and account_id = $2 returning ${columns}`,
      [id, accountId],
    );
    return row;
  }

  /** By which authenticators know the person: 64 random bytes, as WebAuthn L3 §5.4.3 recommends; made when first asked for. */
  async handleFor(tx: Transaction, accountId: string): Promise<Buffer> {
    await tx.manager.query(
      `insert into auth.passkey_handles (account_id, handle) values ($1, $2) on conflict (account_id) do nothing`,
      [accountId, randomBytes(64)],
    );
    const handle = await this.findHandle(tx, accountId);
    if (!handle) throw new Error('A handle that was just made is gone.');
    return handle;
  }

  async findHandle(tx: Transaction, accountId: string): Promise<Buffer | undefined> {
    const [row] = await tx.manager.query<{ handle: Buffer }[]>(`select handle from auth.passkey_handles where account_id = $1`, [
      accountId,
    ]);
    return row?.handle;
  }
}
