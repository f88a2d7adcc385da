import type { IngestEvent } from '@atrium/contracts/events';
import type { Arrival } from '../ingest/event-line.js';
import { withPlainNumbers } from '../ingest/raw-json.js';
import { quarantineLine } from '../quarantine/quarantine-line.js';
import type { CatalogEntries } from './catalog-directory.js';
import type { Violation } from './compile-schema.js';
import type { JudgingRule } from './judging-rule.js';

/** Of an event that the catalog keeps out. */
export interface CatalogRejection {
  readonly code: 'SCHEMA_VIOLATION' | 'UNKNOWN_EVENT';
  readonly field: string;
  readonly message: string;
}
export interface CatalogVerdict {
  /** 0 where there is no schema. */
  readonly version: number;
  readonly rejection?: CatalogRejection;
}

const empty: object = {};

/** `properties` is what ClickHouse or a client knows them as; absent ones are none. */
export function catalogVerdict(
  { unknownEvents }: Pick<JudgingRule, 'unknownEvents'>,
  entries: CatalogEntries,
  { event, properties }: Pick<IngestEvent, 'event' | 'properties'>,
): CatalogVerdict {
  const entry = entries.get(event);
  if (entry) {
    const violation = entry.validate(withPlainNumbers(properties ?? empty));
    return { version: entry.version, ...(violation ? { rejection: violated(violation) } : {}) };
  }
  if (unknownEvents === 'allow') return { version: 0 };
  return { version: 0, rejection: { code: 'UNKNOWN_EVENT', field: 'event', message: 'is not in the catalog' } };
}

const violated = ({ path, message }: Violation): CatalogRejection => ({ code: 'SCHEMA_VIOLATION', field: path, message });

/** Judges the events of one request by the catalog, and gathers what goes to quarantine. */
export class CatalogJudge {
  /** Lines for the quarantine. */
  readonly quarantined: string[] = [];

  constructor(
    private readonly rule: JudgingRule,
    private readonly entries: CatalogEntries,
    private readonly arrival: Arrival,
  ) {}

  get mode(): JudgingRule['mode'] {
    return this.rule.mode;
  }

  /** The line to store, which says the version that it was judged by, or why there is none. `line` is the event's own. */
  judge(event: IngestEvent, line: string): string | CatalogRejection {
    const { version, rejection } = catalogVerdict(this.rule, this.entries, event);
    const observed = this.rule.mode === 'observe';
    if (rejection) this.quarantined.push(quarantineLine({ ...rejection, event: event.event, version, line, observed }, this.arrival));
    if (rejection && !observed) return rejection;
    return version === 0 ? line : `${line.slice(0, -2)},"schema_version":${version}}\n`;
  }
}
