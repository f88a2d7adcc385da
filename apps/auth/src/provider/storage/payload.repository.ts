import { createHash } from 'node:crypto';
import { findRow, rowsOf, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { AdapterPayload } from 'oidc-provider';

export interface StoredPayload {
  readonly payload: AdapterPayload;
  readonly consumed_at: Date | null;
}

export interface NewPayload {
  readonly model: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly grantId: string | null;
  readonly uid: string | null;
  readonly clientId: string | null;
  /** From now. */
  readonly seconds: number;
}

/** What is stored of an id: to know a token's id is to hold the token. */
const hashOf = (id: string | null): Buffer | null => (id === null ? null : createHash('sha256').update(id).digest());

/** A browser's sign-in and a grant live as long as their session, and the person's account. */
const live = `p.expires_at > now() and (
  p.model not in ('Session', 'Grant') or (p.model = 'Session' and not p.payload ? 'accountId')
  or exists (select from auth.sessions s join auth.accounts a on a.id = s.account_id
             where s.id = case p.model when 'Grant' then p.session_id
                                       else (select i.session_id from auth.oidc_sign_ins i where i.uid = p.uid) end
               and s.account_id::text = p.payload ->> 'accountId'
               and s.ended_at is null and s.expires_at > now() and a.status = 'active'))`;

/** What the provider remembers, found by ids that only their holders know. */
@Injectable()
export class PayloadRepository {
  find(tx: Transaction, model: string, id: string): Promise<StoredPayload | undefined> {
    const sql = `select p.payload, p.consumed_at from auth.oidc_payloads p where p.model = $1 and p.id = $2 and ${live}`;
    return findRow<StoredPayload>(tx, sql, [model, hashOf(id)]);
  }

  findByUid(tx: Transaction, model: string, uid: string): Promise<StoredPayload | undefined> {
    const sql = `select p.payload, p.consumed_at from auth.oidc_payloads p where p.model = $1 and p.uid = $2 and ${live}`;
    return findRow<StoredPayload>(tx, sql, [model, hashOf(uid)]);
  }

  /** @returns false for what belongs to a grant that is over, which is not stored */
  async upsert(tx: Transaction, { model, id, payload, grantId, uid, clientId, seconds }: NewPayload): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `insert into auth.oidc_payloads as held (model, id, payload, grant_id, uid, client_id, expires_at)
       select $1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)
       where $4::bytea is null or exists (select from auth.oidc_payloads g where g.model = 'Grant' and g.id = $4 for key share)
       on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at, uid = excluded.uid
       returning model`,
      [model, hashOf(id), JSON.stringify(payload), hashOf(grantId), hashOf(uid), clientId, seconds],
    );
    return rows.length > 0;
  }

  /** @returns whether it was used for the first time; of two at once, one is */
  async consume(tx: Transaction, model: string, id: string): Promise<boolean> {
    const sql = `update auth.oidc_payloads set consumed_at = now() where model = $1 and id = $2 and consumed_at is null returning model`;
    return (await rowsOf(tx, sql, [model, hashOf(id)])).length > 0;
  }

  async destroy(tx: Transaction, model: string, id: string): Promise<void> {
    await rowsOf(tx, `delete from auth.oidc_payloads where model = $1 and id = $2`, [model, hashOf(id)]);
  }

  /** Ties a grant to its session, which is as old a proof of who the person is as the sign-in that it came from. */
  async bindGrant(tx: Transaction, grantId: string, sessionId: string, signInUid: string): Promise<void> {
    await rowsOf(
      tx,
      `update auth.sessions g set authenticated_at = s.authenticated_at
       from auth.oidc_sign_ins i join auth.sessions s on s.id = i.session_id where i.uid = $1 and g.id = $2`,
      [hashOf(signInUid), sessionId],
    );
    await rowsOf(tx, `update auth.oidc_payloads set session_id = $2 where model = 'Grant' and id = $1`, [hashOf(grantId), sessionId]);
  }

  /** Ties a browser's sign-in to its session. @returns the session that it had before, where that was another one */
  async bindSignIn(tx: Transaction, uid: string, sessionId: string): Promise<string | undefined> {
    const held = await findRow<{ session_id: string }>(tx, `select session_id from auth.oidc_sign_ins where uid = $1 for update`, [hashOf(uid)]);
    await rowsOf(
      tx,
      `insert into auth.oidc_sign_ins (uid, session_id) values ($1, $2) on conflict (uid) do update set session_id = excluded.session_id`,
      [hashOf(uid), sessionId],
    );
    return held?.session_id === sessionId ? undefined : held?.session_id;
  }

  async sessionOfSignIn(tx: Transaction, uid: string): Promise<string | undefined> {
    return (await findRow<{ session_id: string }>(tx, `select session_id from auth.oidc_sign_ins where uid = $1`, [hashOf(uid)]))?.session_id;
  }

  async sessionOfGrant(tx: Transaction, grantId: string): Promise<string | undefined> {
    const sql = `select p.session_id from auth.oidc_payloads p where p.model = 'Grant' and p.id = $1 and ${live}`;
    return (await findRow<{ session_id: string }>(tx, sql, [hashOf(grantId)]))?.session_id;
  }
}
