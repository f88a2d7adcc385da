import type { schemaMode, unknownEvents } from '@atrium/contracts/events';
import type { z } from 'zod';

export type SchemaMode = z.output<typeof schemaMode>;
export type UnknownEvents = z.output<typeof unknownEvents>;

/** What a source makes of the catalog; a source whose mode is `off` has none. */
export interface JudgingRule {
  readonly mode: Exclude<SchemaMode, 'off'>;
  readonly unknownEvents: UnknownEvents;
}

/** Undefined for `off`. */
export const judgingRule = (mode: SchemaMode, unknownEvents: UnknownEvents): JudgingRule | undefined =>
  mode === 'off' ? undefined : { mode, unknownEvents };
