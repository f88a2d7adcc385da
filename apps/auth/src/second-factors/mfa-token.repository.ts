import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { AuthenticationMethod } from '../sessions/session.repository.js';

export const mfaTokenSeconds = 300;
const maxTries = 5;

/** A sign-in that waits for its second factor. */
export interface PendingSignIn {
  readonly accountId: string;
  /** Of the password when the first factor was checked. */
  readonly passwordVersion: number;
  /** By which factors the person has proven who they are so far. */
  readonly methods: readonly AuthenticationMethod[];
  /** The organization that was asked for. */
  readonly orgId: string | undefined;
}

interface TokenRow {
  readonly account_id: string;
  readonly password_version: number;
  readonly methods: AuthenticationMethod[];
  readonly requested_org_id: string | null;
}

const live = `used_at is null and expires_at > now() and tries < ${maxTries}`;

/** Tokens between the first and the second factor of a sign-in. Times are the database's. */
@Injectable()
export class MfaTokenRepository {
  async insert(tx: Transaction, hash: Buffer, { accountId, passwordVersion, methods, orgId }: PendingSignIn): Promise<void> {
    await tx.manager.query(
      `insert into auth.mfa_tokens (hash, account_id, password_version, methods, requested_org_id, expires_at)
       values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
      [hash, accountId, passwordVersion, methods, orgId ?? null, mfaTokenSeconds],
    );
  }

  async find(tx: Transaction, hash: Buffer): Promise<PendingSignIn | undefined> {
    const [row] = await tx.manager.query<TokenRow[]>(
      `select account_id, password_version, methods, requested_org_id from auth.mfa_tokens where hash = $1 and ${live}`,
      [hash],
    );
    return row && {
      accountId: row.account_id,
      passwordVersion: row.password_version,
      methods: row.methods,
      orgId: row.requested_org_id ?? undefined,
    };
  }

  /** Before the code is looked at, so that no number of parallel requests gets more tries. @returns whether one was left */
  async takeTry(tx: Transaction, hash: Buffer): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.mfa_tokens set tries = tries + 1 where hash = $1 and ${live}`,
      [hash],
    );
    return count > 0;
  }

  /** Uses the token up. @returns true for one caller only */
  async use(tx: Transaction, hash: Buffer): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.mfa_tokens set used_at = now() where hash = $1 and used_at is null`,
      [hash],
    );
    return count > 0;
  }

  /** Unused tokens of the account die. */
  async discard(tx: Transaction, accountId: string): Promise<void> {
    await tx.manager.query(`delete from auth.mfa_tokens where account_id = $1 and used_at is null`, [accountId]);
  }
}
