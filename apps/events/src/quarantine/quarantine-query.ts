import type { QuarantineFilter, QuarantineStatus } from '@atrium/contracts/events';
import type { ListPosition } from '@atrium/platform/http';

/** Rows of one organization, at the sites that the asker sees. */
export interface QuarantineScope {
  readonly orgId: string;
  readonly sites: 'all' | readonly string[];
}

export interface QuarantineSelection extends QuarantineScope {
  readonly status: QuarantineStatus;
  readonly filter: QuarantineFilter;
  readonly ids?: readonly string[] | undefined;
}

export interface Condition {
  readonly where: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

const listOf = (ids: readonly string[]): string => `[${ids.map((id) => `'${id}'`).join(',')}]`;
const millis = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64})`;

/** Conditions on `atrium.events_quarantine` for WHERE. */
export class QuarantineConditions {
  private readonly conditions = ['org_id = {org:UUID}'];
  private readonly parameters: Record<string, string | number>;

  constructor({ orgId, sites }: QuarantineScope) {
    this.parameters = { org: orgId };
    if (sites !== 'all') this.and('has({sites:Array(UUID)}, site_id)', { sites: listOf(sites) });
  }

  static of(selection: QuarantineSelection): QuarantineConditions {
    const conditions = new QuarantineConditions(selection).and('status = {status:String}', { status: selection.status }).filtered(selection.filter);
    return selection.ids === undefined ? conditions : conditions.and('has({ids:Array(UUID)}, id)', { ids: listOf(selection.ids) });
  }

  filtered({ code, event, source_id, site_id, from, to }: QuarantineFilter): this {
    if (code !== undefined) this.and('code = {code:String}', { code });
    if (event !== undefined) this.and('event_name = {event:String}', { event });
    if (source_id !== undefined) this.and('source_id = {source:UUID}', { source: source_id });
    if (site_id !== undefined) this.and('site_id = {site:UUID}', { site: site_id });
    if (from !== undefined) this.and(`received_at >= ${millis('from')}`, { from: Date.parse(from) });
    if (to !== undefined) this.and(`received_at < ${millis('to')}`, { to: Date.parse(to) });
    return this;
  }

  /** Rows beyond the position, in the list's direction. */
  beyond(order: 'newest' | 'oldest', position: ListPosition | undefined): this {
    if (!position) return this;
    const sign = order === 'newest' ? '<' : '>';
    return this.and(`(received_at, id) ${sign} (${millis('at')}, {last:UUID})`, { at: position.at.getTime(), last: position.id });
  }

  get condition(): Condition {
    return { where: this.conditions.join(' AND '), parameters: this.parameters };
  }

  private and(condition: string, parameters: Readonly<Record<string, string | number>>): this {
    this.conditions.push(condition);
    Object.assign(this.parameters, parameters);
    return this;
  }
}
