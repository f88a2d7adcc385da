import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface Operator {
  readonly account_id: string;
  readonly email: string;
  readonly granted_at: Date;
  /** Whether they may enter organizations by a password alone. */
  readonly without_second_factor: boolean;
}

/** A session that ended together with a visit; the organization is null where the visit was over before. */
export interface EndedVisit {
  readonly id: string;
  readonly operator_org_id: string | null;
}

/** The service may read who operates the platform; only the owner of the schema writes it. */
@Injectable()
export class OperatorRepository {
  /** Oldest first. */
  list(tx: Transaction): Promise<Operator[]> {
    return rowsOf<Operator>(
      tx,
      `select o.account_id, a.email, o.granted_at, o.without_second_factor
       from auth.operators o join auth.accounts a on a.id = o.account_id order by o.granted_at, o.account_id`,
      [],
    );
  }

  /** Of an active account with a verified address. */
  find(tx: Transaction, accountId: string): Promise<Operator | undefined> {
    return findRow<Operator>(
      tx,
      `select o.account_id, a.email, o.granted_at, o.without_second_factor
       from auth.operators o join auth.accounts a on a.id = o.account_id
       where o.account_id = $1 and a.status = 'active' and a.email_verified_at is not null`,
      [accountId],
    );
  }

  /** @returns false when they are one already; how they may enter is brought up to date all the same */
  async add(tx: Transaction, accountId: string, withoutSecondFactor: boolean): Promise<boolean> {
    const row = await findRow<{ added: boolean }>(
      tx,
      `insert into auth.operators (account_id, without_second_factor) values ($1, $2)
       on conflict (account_id) do update set without_second_factor = excluded.without_second_factor
       returning (xmax = 0) as added`,
      [accountId, withoutSecondFactor],
    );
    return row?.added ?? false;
  }

  async remove(tx: Transaction, accountId: string): Promise<boolean> {
    const rows = await rowsOf(tx, `delete from auth.operators where account_id = $1 returning account_id`, [accountId]);
    return rows.length > 0;
  }

  async begin(tx: Transaction, sessionId: string, orgId: string, seconds: number): Promise<Date> {
    const [row] = await rowsOf<{ operator_until: Date }>(
      tx,
      `update auth.sessions set operator_org_id = $2, operator_until = now() + make_interval(secs => $3) where id = $1 returning operator_until`,
      [sessionId, orgId, seconds],
    );
    if (!row) throw new Error('A locked session is gone.');
    return row.operator_until;
  }

  /** `operator_until` stays: tokens of the visit may live until then. */
  async end(tx: Transaction, sessionId: string): Promise<void> {
    await rowsOf(tx, `update auth.sessions set operator_org_id = null where id = $1`, [sessionId]);
  }

  /** Ends the sessions of the person of which tokens for other organizations may live. */
  endVisitsOf(tx: Transaction, accountId: string): Promise<EndedVisit[]> {
    return rowsOf<EndedVisit>(
      tx,
      `update auth.sessions set ended_at = now(), end_reason = 'revoked'
       where account_id = $1 and ended_at is null and operator_until > now() - interval '1 minute' returning id, operator_org_id`,
      [accountId],
    );
  }

  /** Sessions of the person with a visit that ended lately, in case nobody was told. */
  async endedVisitsOf(tx: Transaction, accountId: string, seconds: number): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      tx,
      `select id from auth.sessions
       where account_id = $1 and operator_until is not null and ended_at > now() - make_interval(secs => $2)`,
      [accountId, seconds],
    );
    return rows.map(({ id }) => id);
  }

  /** Ends the sessions that are inside the organization. @returns their ids */
  async endVisitsTo(tx: Transaction, orgId: string): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      tx,
      `update auth.sessions set ended_at = now(), end_reason = 'revoked'
       where operator_org_id = $1 and ended_at is null returning id`,
      [orgId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * What a visitor needs to know of an organization: the permissions that an org_admin of it holds, its own among them,
   * and the version of their own past membership, below which their tokens are dead. @returns undefined for one that
   * isn't there, or is deleted
   */
  findDestination(tx: TenantTransaction, accountId: string): Promise<{ version: number; permissions: string[] } | undefined> {
    return findRow(
      tx,
      `select coalesce((select m.version from auth.memberships m where m.org_id = o.org_id and m.user_id = $2), 0) as version,
         array(select jsonb_array_elements_text(admin.role -> 'permissions') from (
           select r.role from auth.memberships m, jsonb_array_elements(m.roles) r (role)
           where m.org_id = o.org_id and m.active and r.role ->> 'name' = 'org_admin' limit 1) admin) as permissions
       from auth.organizations o where o.org_id = $1 and not o.deleted`,
      [tx.orgId, accountId],
    );
  }
}
