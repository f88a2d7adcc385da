import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { RefreshTokenState } from './refresh-decision.js';
import { graceSeconds } from './session-lifetime.js';

export interface RefreshToken extends RefreshTokenState {
  readonly generation: number;
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
