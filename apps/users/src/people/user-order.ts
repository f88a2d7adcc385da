import type { Bind } from '@atrium/platform/database';

/** Each is an index of `users.members`, read forwards or backwards. */
const orders = {
  created_at: 'm.created_at, m.user_id',
  '-created_at': 'm.created_at desc, m.user_id desc',
  email: 'm.email, m.user_id',
  '-email': 'm.email desc, m.user_id desc',
  last_login: 'm.last_login nulls first, m.user_id',
  '-last_login': 'm.last_login desc nulls last, m.user_id desc',
} as const;
export type UserOrder = keyof typeof orders;

/** The place of a person in an order. */
export interface UserPosition {
  /** What is sorted by: the address, or the time in UTC to the microsecond; null for whoever never signed in. */
  readonly key: string | null;
  readonly id: string;
}

export const orderSql = (order: UserOrder): string => orders[order];

/** What {@link UserPosition.key} is in the order. */
export function positionKeySql(order: UserOrder): string {
  const column = columnOf(order);
  return column === 'm.email' ? column : `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/**
 * Conditions of what comes after the position: of one reach of the index each, where a single condition with an "or"
 * would be a filter on all of it.
 */
export function afterSql(order: UserOrder, { key, id }: UserPosition, bind: Bind): string[] {
  const column = columnOf(order);
  const isDescending = order.startsWith('-');
  const comparison = isDescending ? '<' : '>';
  if (key === null) {
    const sameKey = `${column} is null and m.user_id ${comparison} ${bind(id)}::uuid`;
    return isDescending ? [sameKey] : [sameKey, `${column} is not null`];
  }
  const type = column === 'm.email' ? 'text' : 'timestamptz';
  const later = `(${column}, m.user_id) ${comparison} (${bind(key)}::${type}, ${bind(id)}::uuid)`;
  return order === '-last_login' ? [later, `${column} is null`] : [later];
}

const columnOf = (order: UserOrder): string => `m.${order.replace('-', '')}`;
