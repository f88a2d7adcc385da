import type { UserStatus } from '@atrium/contracts/users';
import { type Bind, binderAfter } from '@atrium/platform/database';
import type { SiteScope } from '../sites/site.repository.js';

/** Who is in a list of people. */
export interface UserFilter {
  /** Reach of users.read. */
  readonly scope: SiteScope;
  readonly text?: TextMatch;
  /** Roles of which one is held; none is held by nobody. */
  readonly roleIds?: readonly number[];
  readonly siteId?: string;
  /** Everybody but removed people where it is left out. */
  readonly status?: UserStatus;
  /** Everybody who can match, where they are few: spares looking through all the others. */
  readonly among?: readonly string[];
}

/** Few matches are known by their ids; many are found fast by any order, so the pattern itself serves. */
export type TextMatch =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string };

export interface Condition {
  /** Over `users.members m`; `$1` is the organization. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A LIKE pattern that finds the text anywhere, taking its wildcards literally. */
export const containsPattern = (text: string): string => `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;

/** Whether nothing but the status narrows the list: then its length is counted already. */
export const isWholeOrganization = ({ scope, text, roleIds, siteId }: UserFilter): boolean =>
  scope === 'all' && text === undefined && roleIds === undefined && siteId === undefined;

export function conditionOf(filter: UserFilter, orgId: string): Condition {
  const { values, bind } = binderAfter([orgId]);
  const parts = ['m.org_id = $1'];
  parts.push(filter.status === undefined ? `m.status <> 'removed'` : `m.status = ${bind(filter.status)}`);
  if (filter.among !== undefined) parts.push(`m.user_id = any (${bind(filter.among)}::uuid[])`);
  if (filter.text?.kind === 'ids') parts.push(`m.user_id = any (${bind(filter.text.ids)}::uuid[])`);
  if (filter.text?.kind === 'pattern') parts.push(`m.search_text like ${bind(filter.text.pattern)}`);
  if (filter.scope !== 'all') parts.push(holdsRole(inSight(filter.scope, bind)));
  if (asksForRole(filter)) parts.push(holdsRole(askedRole(filter, bind)));
  return { sql: parts.join(' and '), values };
}

/** Over `users.role_assignments a`: a role that everybody in the list holds. Undefined when the filter demands none. */
export function holderConditionOf(filter: UserFilter, orgId: string): Condition | undefined {
  const { values, bind } = binderAfter([orgId]);
  if (asksForRole(filter)) return { sql: ['a.org_id = $1', askedRole(filter, bind)].join(' and '), values };
  if (filter.scope === 'all') return undefined;
  return { sql: ['a.org_id = $1', inSight(filter.scope, bind)].join(' and '), values };
}

const asksForRole = ({ roleIds, siteId }: UserFilter): boolean => roleIds !== undefined || siteId !== undefined;

const inSight = (sites: readonly string[], bind: Bind): string => `a.site_id = any (${bind(sites)}::uuid[])`;

/** The role and the site are asked of one assignment, and of none that is out of sight. */
function askedRole({ scope, roleIds, siteId }: UserFilter, bind: Bind): string {
  const parts: string[] = [];
  if (roleIds !== undefined) parts.push(`a.role_id = any (${bind(roleIds)}::int[])`);
  if (siteId !== undefined) parts.push(`a.site_id = ${bind(siteId)}`);
  if (scope !== 'all') parts.push(`(a.site_id is null or ${inSight(scope, bind)})`);
  return parts.join(' and ');
}

const holdsRole = (condition: string): string =>
  `exists (select from users.role_assignments a where a.org_id = $1 and a.user_id = m.user_id and ${condition})`;
