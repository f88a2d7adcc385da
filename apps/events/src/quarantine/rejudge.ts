import { z } from 'zod';
import { type CatalogVerdict, catalogVerdict } from '../catalog/catalog-judge.js';
import type { CatalogEntries } from '../catalog/catalog-directory.js';
import type { SchemaMode, UnknownEvents } from '../catalog/judging-rule.js';
import type { QuarantineRow, Settled } from './quarantine.repository.js';

/** How the source of a row judges now. */
export interface SourceRule {
  readonly schema_mode: SchemaMode;
  readonly unknown_events: UnknownEvents;
}

/** A source that is gone, or none, still keeps to what the catalog knows. */
const strict: SourceRule = { schema_mode: 'enforce', unknown_events: 'allow' };

const judged = z.looseObject({ event_name: z.string(), properties: z.record(z.string(), z.unknown()).optional() });

/** The line to store, or undefined where the row stays; and what the row is from now on. */
export interface Rejudged {
  readonly row: QuarantineRow;
  readonly line?: string;
  readonly becomes: Settled;
}

const parse = (raw: string) => {
  try {
    return judged.safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
};

function verdictOn(raw: string, { schema_mode, unknown_events }: SourceRule, entries: CatalogEntries): CatalogVerdict | undefined {
  if (schema_mode === 'off') return { version: 0 };
  const event = parse(raw);
  if (!event) return undefined;
  const named = { event: event.event_name, properties: event.properties };
  const { version, rejection } = catalogVerdict({ unknownEvents: unknown_events }, entries, named);
  return schema_mode === 'enforce' && rejection ? { version, rejection } : { version };
}

/** Judges a quarantined event as its source would now. */
export function rejudge(row: QuarantineRow, rule: SourceRule | undefined, entries: CatalogEntries): Rejudged {
  const verdict = verdictOn(row.raw, rule ?? strict, entries);
  if (!verdict) return { row, becomes: row };
  const { version, rejection } = verdict;
  if (rejection) {
    const { code, message: reason, field: path } = rejection;
    return { row, becomes: { status: 'quarantined', code, reason, path, schema_version: version, raw: row.raw } };
  }
  // It may have been judged before, and then not been readable.
  const plain = row.raw.replace(/,"schema_version":\d+\}$/, '}');
  const line = version === 0 ? plain : `${plain.slice(0, -1)},"schema_version":${version}}`;
  return { row, line: `${line}\n`, becomes: { ...row, status: 'replayed', raw: '' } };
}
