import { binderAfter, findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { memberColumns, type MemberRow } from '../memberships/member.repository.js';
import { conditionOf, holderConditionOf, type TextMatch, type UserFilter } from './user-filter.js';
import { afterSql, orderSql, positionKeySql, type UserOrder, type UserPosition } from './user-order.js';

/** Up to so many people are taken by their ids; more are found fast in any order. */
const maxIds = 1_000;

/** A part of a list: from the so-and-so-many-th person on, or from after a position. */
export interface UserPage {
  readonly order: UserOrder;
  readonly limit: number;
  readonly offset?: number;
  readonly after?: UserPosition | undefined;
}

export type ListedMember = MemberRow & { readonly position_key: string | null };

/** `people` are left out where there are more than were counted. */
export interface CountedPage {
  readonly total: number;
  readonly people?: ListedMember[];
}

type CountedRow = { readonly total: number } & (ListedMember | { readonly user_id: null });
const isListed = (row: CountedRow): row is CountedRow & ListedMember => row.user_id !== null;

/** The ids, where they are few: one row, so that many cost nothing to send. */
const fewIds = (column: string, from: string, limit: string): string =>
  `select case when count(*) <= ${limit} then coalesce(array_agg(${column}), '{}') end as ids from (${from} limit ${limit} + 1) found`;

/** Lists of people, in organizations of up to a million. */
@Injectable()
export class UserRepository {
  /** The ids come from an index alone; whole rows are read only for the page itself. */
  page(tx: TenantTransaction, filter: UserFilter, { order, limit, offset = 0, after }: UserPage): Promise<ListedMember[]> {
    const { text, ...rest } = filter;
    const pattern = text?.kind === 'pattern' ? text.pattern : undefined;
    const condition = conditionOf(pattern === undefined ? filter : rest, tx.orgId);
    const { values, bind } = binderAfter(condition.values);
    const reaches = after ? afterSql(order, after, bind) : ['true'];
    const ordered = `order by ${orderSql(order)}`;
    const people = (reach: string): string => `select m.* from users.members m where ${condition.sql} and ${reach} ${ordered}`;
    // Under row-level security the planner takes each pattern for a rare one and would sort all people: "offset 0" has it
    // read them in their order until enough are found.
    const found = pattern === undefined ? people : withPattern(people, bind(pattern), ordered);
    const bounds = `limit ${bind(limit)} offset ${bind(offset)}`;
    const ids = reaches.map((reach) => `(select m.user_id from (${found(reach)} ${bounds}) m)`);
    return rowsOf<ListedMember>(
      tx,
      `with page as materialized (${ids.join(' union all ')})
       select ${memberColumns}, ${positionKeySql(order)} as position_key
       from page join users.members m on m.org_id = $1 and m.user_id = page.user_id
       order by ${orderSql(order)} limit ${bind(limit)}`,
      values,
    );
  }

  /**
   * Counts up to `max`, and no further. Up to there the page comes out of the same look through the people; beyond, where
   * they are found fast in any order, it is for {@link page} to read.
   */
  async countWithPage(tx: TenantTransaction, filter: UserFilter, { order, limit, offset = 0 }: UserPage, max: number): Promise<CountedPage> {
    const condition = conditionOf(filter, tx.orgId);
    const { values, bind } = binderAfter(condition.values);
    const most = bind(max);
    const rows = await rowsOf<CountedRow>(
      tx,
      `with found as materialized (
         select m.user_id, m.email, m.created_at, m.last_login from users.members m where ${condition.sql} limit ${most} + 1),
       counted as (select count(*)::int as total from found),
       page as materialized (
         select m.user_id from found m where (select total from counted) <= ${most}
         order by ${orderSql(order)} limit ${bind(limit)} offset ${bind(offset)})
       select counted.total, ${memberColumns}, ${positionKeySql(order)} as position_key
       from counted left join (page join users.members m on m.org_id = $1 and m.user_id = page.user_id) on true
       order by ${orderSql(order)}`,
      values,
    );
    const total = rows[0]?.total ?? 0;
    return total > max ? { total: max } : { total, people: rows.filter(isListed) };
  }

  /** How many people the organization knows; kept by triggers. */
  async countAll(tx: TenantTransaction, status?: string): Promise<number> {
    const row = await findRow<{ count: number }>(
      tx,
      `select coalesce(sum(members), 0)::int as count from users.member_counts
       where org_id = $1 and (status = $2 or $2::text is null and status <> 'removed')`,
      [tx.orgId, status ?? null],
    );
    return row?.count ?? 0;
  }

  /** How to find the people whose e-mail or name contains what the pattern says. */
  async matchText(tx: TenantTransaction, pattern: string): Promise<TextMatch> {
    const found = fewIds('id', 'select id from users.search_members($1, $2 + 1) id', '$2');
    const ids = (await findRow<{ ids: string[] | null }>(tx, found, [pattern, maxIds]))?.ids;
    return ids ? { kind: 'ids', ids } : { kind: 'pattern', pattern };
  }

  /** Everybody who can match by the roles that the filter demands; undefined when they are many, or none is demanded. */
  async findFewHolders(tx: TenantTransaction, filter: UserFilter): Promise<string[] | undefined> {
    const condition = holderConditionOf(filter, tx.orgId);
    if (!condition) return undefined;
    const from = `select a.user_id from users.role_assignments a where ${condition.sql}`;
    const held = fewIds('user_id', from, `$${condition.values.length + 1}`);
    return (await findRow<{ ids: string[] | null }>(tx, held, [...condition.values, maxIds]))?.ids ?? undefined;
  }
}

const withPattern =
  (people: (reach: string) => string, pattern: string, ordered: string) =>
  (reach: string): string =>
    `select m.* from (${people(reach)} offset 0) m where m.search_text like ${pattern} ${ordered}`;
