export * from './audit-buffer.js';
export type { PlacedRecord, RecordLookup } from './audit-slots.js';
export * from './audit-trail.js';
export * from './audit.module.js';
export * from './recorded-denials.js';
