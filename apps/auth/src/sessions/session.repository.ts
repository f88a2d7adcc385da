import type { Client } from '@atrium/contract-kit';
import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { refreshTokenDays, sessionDays } from './session-lifetime.js';

export type EndReason = 'logout' | 'logout_all' | 'revoked' | 'reuse_detected' | 'password_reset' | 'password_changed' | 'grant_revoked';

/** How a person proved who they are: Authentication Method References (RFC 8176), and `fed` for another provider. */
export type AuthenticationMethod = 'pwd' | 'otp' | 'rcv' | 'hwk' | 'fed';

export interface Session {
  readonly id: string;
  readonly account_id: string;
  readonly org_id: string | null;
  /** The organization that an operator is in with this session; null for members. */
  readonly operator_org_id: string | null;
  /** When the last such visit ends or would have ended. */
  readonly operator_until: Date | null;
  readonly device_id: string | null;
  readonly user_agent: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
}

const columns = 'id, account_id, org_id, operator_org_id, operator_until, device_id, user_agent, created_at, last_used_at, expires_at';
const live = 'ended_at is null and expires_at > now()';

/** Whoever changes a session's tokens holds the lock on its row: refreshing, switching and ending take turns. */
@Injectable()
export class SessionRepository {
  async insert(tx: Transaction, session: Pick<Session, 'id' | 'account_id' | 'org_id' | 'device_id'>, client: Client, methods: readonly AuthenticationMethod[]): Promise<void> {
    await tx.manager.query(
      `insert into auth.sessions (id, account_id, org_id, user_agent, address, expires_at, methods, device_id)
       values ($1, $2, $3, $4, $5, now() + make_interval(days => $6), $7, $8)`,
      [
        session.id,
        session.account_id,
        session.org_id,
        client.userAgent?.slice(0, 512) ?? null,
        client.address,
        refreshTokenDays,
        methods,
        session.device_id,
      ],
    );
  }

  /** The live session. */
  async find(tx: Transaction, id: string): Promise<Session | undefined> {
    const [row] = await tx.manager.query<Session[]>(`select ${columns} from auth.sessions where id = $1 and ${live}`, [id]);
    return row;
  }

  /** The live session, locked until the transaction ends. */
  async lock(tx: Transaction, id: string): Promise<Session | undefined> {
    const [row] = await tx.manager.query<Session[]>(
      `select ${columns} from auth.sessions where id = $1 and ${live} for update`,
      [id],
    );
    return row;
  }

  /** As {@link lock}, the session of a refresh token. */
  async lockOfToken(tx: Transaction, tokenHash: Buffer): Promise<Session | undefined> {
    const [row] = await tx.manager.query<Session[]>(
      `select ${columns} from auth.sessions
       where id = (select session_id from auth.refresh_tokens where hash = $1) and ${live} for update`,
      [tokenHash],
    );
    return row;
  }

  /** How the person proved in the live session within that many seconds who they are; empty where they did not. */
  async freshMethods(tx: Transaction, id: string, seconds: number): Promise<AuthenticationMethod[]> {
    const [row] = await tx.manager.query<{ methods: AuthenticationMethod[] }[]>(
      `select methods from auth.sessions where id = $1 and ${live} and authenticated_at > now() - make_interval(secs => $2)`,
      [id, seconds],
    );
    return row?.methods ?? [];
  }

  /** How and when the person proved in the live session who they are. */
  async proofOf(tx: Transaction, id: string): Promise<{ methods: AuthenticationMethod[]; authenticated_at: Date } | undefined> {
    const [row] = await tx.manager.query<{ methods: AuthenticationMethod[]; authenticated_at: Date }[]>(
      `select methods, authenticated_at from auth.sessions where id = $1 and ${live}`,
      [id],
    );
    return row;
  }

  async markAuthenticated(tx: Transaction, id: string, methods: readonly AuthenticationMethod[]): Promise<void> {
    await tx.manager.query(`update auth.sessions set authenticated_at = now(), methods = $2 where id = $1`, [id, methods]);
  }

  /** One method more, at the time of the others. */
  async addMethod(tx: Transaction, id: string, method: AuthenticationMethod): Promise<void> {
    await tx.manager.query(
      `update auth.sessions set methods = array_append(methods, $2::text) where id = $1 and not $2::text = any (methods)`,
      [id, method],
    );
  }

  /** Newest first. */
  list(tx: Transaction, accountId: string): Promise<Session[]> {
    return tx.manager.query<Session[]>(
      `select ${columns} from auth.sessions where account_id = $1 and ${live} order by created_at desc, id desc`,
      [accountId],
    );
  }

  async touch(tx: Transaction, id: string, orgId: string | null): Promise<void> {
    await tx.manager.query(
      `update auth.sessions set last_used_at = now(), org_id = $2,
         expires_at = least(now() + make_interval(days => $3), created_at + make_interval(days => $4))
       where id = $1`,
      [id, orgId, refreshTokenDays, sessionDays],
    );
  }

  /** @returns whether there was a live one of that person */
  async end(tx: Transaction, accountId: string, id: string, reason: EndReason): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.sessions set ended_at = now(), end_reason = $3 where id = $1 and account_id = $2 and ${live}`,
      [id, accountId, reason],
    );
    return count > 0;
  }

  /** Ends all but `keptId`. @returns ids of the sessions that ended now */
  async endAll(tx: Transaction, accountId: string, reason: EndReason, keptId: string | null = null): Promise<string[]> {
    const [rows] = await tx.manager.query<[{ id: string }[], number]>(
      `update auth.sessions set ended_at = now(), end_reason = $2
       where account_id = $1 and id is distinct from $3 and ${live} returning id`,
      [accountId, reason, keptId],
    );
    return rows.map(({ id }) => id);
  }

  async endedSince(tx: Transaction, since: Date): Promise<string[]> {
    const rows = await tx.manager.query<{ id: string }[]>(`select id from auth.sessions where ended_at > $1`, [since]);
    return rows.map(({ id }) => id);
  }
}
