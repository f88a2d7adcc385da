import { type MemberPrincipal, sitesWhere } from '@atrium/contract-kit';
import type { Condition, FunnelStep } from '@atrium/contracts/events';
import { requireSiteVisible } from '@atrium/platform/auth-guard';
import { conditionSql } from './condition-sql.js';
import { personHash } from './measure-sql.js';
import type { SqlParameters } from './sql-parameters.js';

/** Which events a question is about. */
export interface EventWindow {
  readonly from: string;
  readonly to: string;
  readonly site_id?: string | undefined;
  readonly event?: string | undefined;
  readonly filter?: readonly Condition[] | undefined;
  /** One of so many users. */
  readonly sample?: number;
}

const read = 'events.read';

/** The sites that a question is about. Throws NOT_FOUND for one that the principal doesn't see. */
export function sitesAsked(principal: MemberPrincipal, siteId: string | undefined): 'all' | readonly string[] {
  if (siteId === undefined) return sitesWhere(principal, read);
  requireSiteVisible(principal, read, siteId, 'site');
  return [siteId];
}

/** An event that a step or a filter means, as SQL that is 0 or 1. */
export function stepSql({ event, filter = [] }: FunnelStep, parameters: SqlParameters): string {
  const parts = filter.map((one) => conditionSql(one, parameters));
  if (event !== undefined) parts.unshift(`event_name = ${parameters.text(event)}`);
  return parts.length === 0 ? '1' : `(${parts.join(' AND ')})`;
}

/**
 * Conditions for WHERE. Throws NOT_FOUND for a site that the principal doesn't see; without one, all that they see count.
 */
export function whereOf(principal: MemberPrincipal, window: EventWindow, parameters: SqlParameters): string {
  const sites = sitesAsked(principal, window.site_id);
  const from = `fromUnixTimestamp64Milli(${parameters.integer(Date.parse(window.from))})`;
  const to = `fromUnixTimestamp64Milli(${parameters.integer(Date.parse(window.to))})`;
  const parts = [`ts >= ${from}`, `ts < ${to}`];
  if (sites !== 'all') parts.push(`has(${parameters.uuids(sites)}, site_id)`);
  if (window.event !== undefined) parts.push(`event_name = ${parameters.text(window.event)}`);
  for (const one of window.filter ?? []) parts.push(conditionSql(one, parameters));
  const sample = window.sample ?? 1;
  if (sample > 1) parts.push(`${personHash} % ${parameters.integer(sample)} = 0`);
  return parts.join(' AND ');
}
