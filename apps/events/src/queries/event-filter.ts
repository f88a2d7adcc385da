import { type MemberPrincipal, sitesWhere } from '@atrium/contract-kit';
import { requireSiteVisible } from '@atrium/platform/auth-guard';

/** Which events a question is about. */
export interface EventWindow {
  readonly event?: string;
  readonly from: string;
  readonly to: string;
  readonly site_id?: string;
}

export interface EventFilter {
  /** Conditions for WHERE. */
  readonly where: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

const read = 'events.read';

const listOf = (sites: readonly string[]): string => `[${sites.map((site) => `'${site}'`).join(',')}]`;

/** Throws NOT_FOUND for a site that the principal doesn't see; without one, all that they see count. */
export function filterOf(principal: MemberPrincipal, window: EventWindow): EventFilter {
  if (window.site_id !== undefined) requireSiteVisible(principal, read, window.site_id, 'site');
  const visible = window.site_id === undefined ? sitesWhere(principal, read) : [window.site_id];
  const conditions = ['ts >= fromUnixTimestamp64Milli({from:Int64})', 'ts < fromUnixTimestamp64Milli({to:Int64})'];
  const parameters: Record<string, string | number> = { from: Date.parse(window.from), to: Date.parse(window.to) };
  if (visible !== 'all') {
    conditions.push('has({sites:Array(UUID)}, site_id)');
    parameters['sites'] = listOf(visible);
  }
  if (window.event !== undefined) {
    conditions.push('event_name = {event:String}');
    parameters['event'] = window.event;
  }
  return { where: conditions.join(' AND '), parameters };
}
