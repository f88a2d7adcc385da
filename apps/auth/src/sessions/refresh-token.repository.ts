import type { Database, Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { MembershipRole } from '../memberships/membership.js';
import type { RefreshTokenState } from './refresh-decision.js';
import { graceSeconds, refreshTokenDays, sessionDays } from './session-lifetime.js';

export interface RefreshToken extends RefreshTokenState {
  readonly generation: number;
}

/** What new tokens are made from, as it was under the session's lock. */
export interface RotatedToken {
  readonly r_session_id: string;
  readonly r_account_id: string;
  readonly r_email: string;
  readonly r_org_id: string;
  readonly r_version: number;
  readonly r_roles: MembershipRole[];
}

/** Rows of a session are changed only by who holds its lock. */
@Injectable()
export class RefreshTokenRepository {
  async findSession(tx: Transaction, hash: Buffer): Promise<string | undefined> {
    const [row] = await tx.manager.query<{ session_id: string }[]>(
      `select session_id from auth.refresh_tokens where hash = $1`,
      [hash],
    );
    return row?.session_id;
  }

  /**
   * Rotates the live token of a session whose person is active and still a member of its organization, in one round trip.
   * Undefined, with nothing changed, where any of that is not so.
   */
  async rotateInOneStep(database: Database, presented: Buffer, successor: Buffer, salt: Buffer): Promise<RotatedToken | undefined> {
    const [row] = await database.statement<RotatedToken>(
      `select * from auth.rotate_refresh_token($1, $2, $3, $4, $5)`,
      [presented, successor, salt, refreshTokenDays, sessionDays],
      'auth-rotate-refresh-token',
    );
    return row;
  }

  /** The token's state by the database's clock, which all instances share. */
  async find(tx: Transaction, hash: Buffer): Promise<RefreshToken | undefined> {
    const [row] = await tx.manager.query<RefreshToken[]>(
      `select t.generation, t.rotated_at is not null as rotated,
         coalesce(t.rotated_at > clock_timestamp() - make_interval(secs => $2), false) as "withinGrace",
         t.successor_salt as "successorSalt",
         exists (select from auth.refresh_tokens s
           where s.session_id = t.session_id and s.generation > t.generation and s.rotated_at is not null) as "successorUsed"
       from auth.refresh_tokens t where t.hash = $1`,
      [hash, graceSeconds],
    );
    return row;
  }

  /** A session's first token. */
  async insert(tx: Transaction, sessionId: string, hash: Buffer): Promise<void> {
    await tx.manager.query(`insert into auth.refresh_tokens (hash, session_id, generation) values ($1, $2, 1)`, [hash, sessionId]);
  }

  /**
   * Ends the session's live token and puts its successor in its place, in one statement. With a salt, its holder can be
   * given the successor again; earlier salts are erased.
   */
  async rotateLive(tx: Transaction, sessionId: string, successorHash: Buffer, successorSalt: Buffer | null): Promise<void> {
    const rows = await tx.manager.query<unknown[]>(
      `with erased as (
         update auth.refresh_tokens set successor_salt = null where session_id = $1 and successor_salt is not null
       ), ended as (
         update auth.refresh_tokens set rotated_at = clock_timestamp(), successor_salt = $3
         where session_id = $1 and rotated_at is null returning generation
       )
       insert into auth.refresh_tokens (hash, session_id, generation)
       select $2, $1, generation + 1 from ended returning generation`,
      [sessionId, successorHash, successorSalt],
    );
    if (rows.length !== 1) throw new Error('A live session has no live refresh token.');
  }
}
