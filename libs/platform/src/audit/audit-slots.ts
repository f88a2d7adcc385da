import { currentContext, type RequestContext } from '../context/index.js';
import { newId } from '../database/index.js';
import type { AuditRecord } from './audit-trail.js';

/** An entry, and the organization whose log shows it. */
export interface PlacedRecord {
  readonly record: AuditRecord;
  readonly orgId: string | null;
}

/** Finds out later what to write, away from the request, so that its answer takes no longer; undefined: nothing. */
export type RecordLookup = () => Promise<PlacedRecord | undefined>;

/** What happened under one key since it was last written: the first of it stands for all. */
export interface Slot {
  readonly key: string;
  /** Whose room it takes. */
  readonly owner: string;
  what: PlacedRecord | RecordLookup;
  context: RequestContext;
  first: Date;
  last: Date;
  count: number;
  /** Milliseconds since the epoch; not written again before. */
  due: number;
}

const windowMs = 60_000;
/** Each is one entry a minute at most. */
const maxSlots = 2_000;
/** Of one organization, so that whoever makes up denials there takes no room of the others. */
const maxSlotsOfOrganization = maxSlots / 4;
/** Of failed sign-ins, whose organization is yet to be found. */
const maxLookups = maxSlots / 2;

/** Happenings that wait to be written, those that repeat within a minute counted as one. */
export class AuditSlots {
  private readonly slots = new Map<string, Slot>();
  private readonly countOf = new Map<string, number>();

  /** @returns whether there was room */
  add(key: string, what: PlacedRecord | RecordLookup): boolean {
    const now = new Date();
    const slot = this.slots.get(key);
    if (!slot) {
      const owner = ownerOf(what);
      const taken = this.countOf.get(owner) ?? 0;
      if (this.slots.size >= maxSlots || taken >= (owner === lookups ? maxLookups : maxSlotsOfOrganization)) return false;
      this.slots.set(key, { key, owner, what, context: contextNow(), first: now, last: now, count: 1, due: 0 });
      this.countOf.set(owner, taken + 1);
      return true;
    }
    if (slot.count === 0) Object.assign(slot, { what, context: contextNow(), first: now });
    slot.count += 1;
    slot.last = now;
    return true;
  }

  /** What is to be written now, or all there is; what was written a minute ago and came no more is forgotten. */
  due(all: boolean): Slot[] {
    const now = Date.now();
    const due = [...this.slots.values()].filter((slot) => all || slot.due <= now);
    for (const slot of due) if (slot.count === 0) this.forget(slot);
    return due.filter((slot) => slot.count > 0);
  }

  /** Others may have been added while `count` of them were written. */
  written(slot: Slot, count: number): void {
    slot.count -= count;
    slot.first = slot.last;
    slot.due = Date.now() + windowMs;
  }

  forget({ key, owner }: Slot): void {
    if (!this.slots.delete(key)) return;
    const left = (this.countOf.get(owner) ?? 0) - 1;
    if (left > 0) this.countOf.set(owner, left);
    else this.countOf.delete(owner);
  }
}

const lookups = 'lookups';
const ownerOf = (what: PlacedRecord | RecordLookup): string => (typeof what === 'function' ? lookups : (what.orgId ?? 'nobody'));

const contextNow = (): RequestContext => {
  const { requestId, actor } = currentContext() ?? { requestId: newId() };
  return actor ? { requestId, actor } : { requestId };
};
