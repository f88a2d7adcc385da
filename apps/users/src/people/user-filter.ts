import type { SiteScope } from '../sites/site.repository.js';

/** Who is in a list of people. */
export interface UserFilter {
  /** Reach of users.read. */
  readonly scope: SiteScope;
  readonly text?: TextMatch;
  /** Name of a role. */
  readonly role?: string;
  readonly siteId?: string;
  readonly status?: 'active' | 'disabled';
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
export const isWholeOrganization = ({ scope, text, role, siteId }: UserFilter): boolean =>
  scope === 'all' && text === undefined && role === undefined && siteId === undefined;

export function conditionOf(filter: UserFilter, orgId: string): Condition {
  const values: unknown[] = [orgId];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const parts = ['m.org_id = $1'];
  if (filter.status !== undefined) parts.push(`m.status = ${bind(filter.status)}`);
  if (filter.text?.kind === 'ids') parts.push(`m.user_id = any (${bind(filter.text.ids)}::uuid[])`);
  if (filter.text?.kind === 'pattern') parts.push(`m.search_text like ${bind(filter.text.pattern)}`);
  if (filter.scope !== 'all') parts.push(holdsRole([`a.site_id = any (${bind(filter.scope)}::uuid[])`]));
  if (filter.role !== undefined || filter.siteId !== undefined) parts.push(holdsRole(askedRole(filter, bind)));
  return { sql: parts.join(' and '), values };
}

/** The role and the site are asked of one assignment, and of none that is out of sight. */
function askedRole({ scope, role, siteId }: UserFilter, bind: (value: unknown) => string): string[] {
  const parts: string[] = [];
  if (role !== undefined) {
    parts.push(`a.role_id in (select r.id from users.roles r where r.name = ${bind(role)} and (r.org_id is null or r.org_id = $1))`);
  }
  if (siteId !== undefined) parts.push(`a.site_id = ${bind(siteId)}`);
  if (scope !== 'all') parts.push(`(a.site_id is null or a.site_id = any (${bind(scope)}::uuid[]))`);
  return parts;
}

const holdsRole = (conditions: readonly string[]): string =>
  `exists (select from users.role_assignments a
     where a.org_id = $1 and a.user_id = m.user_id and ${conditions.join(' and ')})`;
