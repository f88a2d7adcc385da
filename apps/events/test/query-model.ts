import type { Condition, FunnelStep } from '@atrium/contracts/events';

/** What the answers are held against: the same questions, answered the plain way in memory. */
export interface ModelEvent {
  readonly event_id: string;
  readonly event: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly session_id?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export const personOf = ({ user_id, anonymous_id }: ModelEvent): string | undefined =>
  user_id !== undefined ? `u:${user_id}` : anonymous_id !== undefined ? `a:${anonymous_id}` : undefined;

const columns = new Set(['event', 'user_id', 'anonymous_id', 'session_id']);
export const valueOf = (event: ModelEvent, name: string): unknown =>
  columns.has(name) ? (event[name as 'event'] ?? '') : event.properties[name.replace(/^properties\./, '')];

export function meets(event: ModelEvent, condition: Condition): boolean {
  const value = valueOf(event, condition.property);
  const isText = typeof value === 'string';
  switch (condition.op) {
    case 'eq':
      return value === condition.value;
    case 'neq':
      return value !== condition.value;
    case 'in':
      return condition.value.some((one) => one === value);
    case 'not_in':
      return !condition.value.some((one) => one === value);
    case 'contains':
      return isText && value.includes(condition.value);
    case 'starts_with':
      return isText && value.startsWith(condition.value);
    case 'exists':
      return columns.has(condition.property) ? value !== '' : value !== undefined && value !== null;
    case 'not_exists':
      return !meets(event, { property: condition.property, op: 'exists' });
    default:
      return typeof value === typeof condition.value && inOrder(condition.op, value as number, condition.value as number);
  }
}

function inOrder(op: 'gt' | 'gte' | 'lt' | 'lte', left: number, right: number): boolean {
  const isEqual = left === right;
  const isMore = left > right;
  return { gt: isMore, gte: isMore || isEqual, lt: !isMore && !isEqual, lte: !isMore }[op];
}

export const isStep = (event: ModelEvent, { event: name, filter = [] }: FunnelStep): boolean =>
  (name === undefined || event.event === name) && filter.every((one) => meets(event, one));

export function byPerson(events: readonly ModelEvent[]): Map<string, ModelEvent[]> {
  const people = new Map<string, ModelEvent[]>();
  for (const event of events) {
    const person = personOf(event);
    if (person !== undefined) people.set(person, [...(people.get(person) ?? []), event]);
  }
  return people;
}

export const median = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
};

interface FunnelModel {
  readonly steps: readonly FunnelStep[];
  /** Milliseconds. */
  readonly within: number;
  readonly strict: boolean;
}

interface Path {
  readonly at: readonly number[];
}

/** Every way from every first step, tried one after another. */
function pathsOf(events: readonly ModelEvent[], { steps, within, strict }: FunnelModel): Path[] {
  const kinds = events.map((event) => ({ at: event.at, mask: steps.reduce((mask, step, index) => mask + (isStep(event, step) ? 2 ** index : 0), 0) }));
  // Of one time, the earlier step comes first.
  kinds.sort((a, b) => a.at - b.at || a.mask - b.mask);
  const paths: Path[] = [];
  const walk = (place: number, at: number[]) => {
    paths.push({ at });
    const bit = 2 ** at.length;
    if (at.length === steps.length) return;
    const end = strict ? Math.min(place + 2, kinds.length) : kinds.length;
    for (let next = place + 1; next < end; next += 1) {
      const kind = kinds[next];
      if (kind && (kind.mask & bit) !== 0 && kind.at - (at[0] ?? 0) <= within) walk(next, [...at, kind.at]);
    }
  };
  kinds.forEach(({ at, mask }, place) => (mask & 1) !== 0 && walk(place, [at]));
  return paths;
}

/**
 * By step: how many reached it, and how long it took each of them: in the path that comes there first, of those with the
 * latest beginning, of those the one that came to the step before first.
 */
export function funnelOf(events: readonly ModelEvent[], model: FunnelModel) {
  const reached = model.steps.map(() => 0);
  const took: number[][] = model.steps.map(() => []);
  const totals: number[] = [];
  for (const own of byPerson(events).values()) {
    const paths = pathsOf(own, model);
    model.steps.forEach((_, index) => {
      const best = paths
        .filter(({ at }) => at.length === index + 1)
        .sort((a, b) => (a.at[index] ?? 0) - (b.at[index] ?? 0) || (b.at[0] ?? 0) - (a.at[0] ?? 0) || (a.at[index - 1] ?? 0) - (b.at[index - 1] ?? 0))[0];
      if (!best) return;
      reached[index] = (reached[index] ?? 0) + 1;
      if (index > 0) took[index]?.push((best.at[index] ?? 0) - (best.at[index - 1] ?? 0));
      if (index > 0 && index === model.steps.length - 1) totals.push((best.at[index] ?? 0) - (best.at[0] ?? 0));
    });
  }
  return { reached, medians: took.map(median), total: median(totals) };
}

const day = 86_400_000;

/** By day in UTC. */
export function retentionOf(events: readonly ModelEvent[], first: FunnelStep, returning: FunnelStep, from: number, to: number) {
  const days = Math.floor((to - 1) / day) - Math.floor(from / day) + 1;
  const data = Array.from({ length: days }, (_, cohort) => ({ users: 0, returned: Array.from({ length: days - cohort }, () => 0) }));
  for (const own of byPerson(events).values()) {
    const began = Math.min(...own.filter((event) => isStep(event, first)).map(({ at }) => at));
    if (!Number.isFinite(began)) continue;
    const cohort = Math.floor(began / day) - Math.floor(from / day);
    const row = data[cohort];
    if (!row) continue;
    row.users += 1;
    const back = new Set(own.filter((event) => isStep(event, returning) && event.at >= began).map(({ at }) => Math.floor(at / day) - Math.floor(from / day) - cohort));
    for (const period of back) row.returned[period] = (row.returned[period] ?? 0) + 1;
  }
  return data;
}

/** Counts by value, the largest first. */
export function breakdownOf(events: readonly ModelEvent[], name: string, measure: 'events' | 'users') {
  const groups = new Map<string, ModelEvent[]>();
  const keyOf = (event: ModelEvent): string => {
    const value = valueOf(event, name);
    return JSON.stringify(value === undefined || value === '' ? null : Array.isArray(value) ? JSON.stringify(value) : value);
  };
  for (const event of events) groups.set(keyOf(event), [...(groups.get(keyOf(event)) ?? []), event]);
  const count = (own: readonly ModelEvent[]) => (measure === 'events' ? own.length : byPerson(own).size);
  return { groups: new Map([...groups].map(([key, own]) => [key, count(own)])), outside: (shown: ReadonlySet<string>) => count(events.filter((event) => !shown.has(keyOf(event)))) };
}
