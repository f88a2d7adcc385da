export * from './event.schema.js';
export * from './export.endpoints.js';
export * from './ingest.endpoints.js';
export * from './query.endpoints.js';
export * from './source.endpoints.js';
import * as exports from './export.endpoints.js';
import * as ingest from './ingest.endpoints.js';
import * as queries from './query.endpoints.js';
import * as sources from './source.endpoints.js';

export const eventsEndpoints = {
  ingestEvents: ingest.ingestEvents,
  listSources: sources.listSources,
  createSource: sources.createSource,
  updateSource: sources.updateSource,
  rotateSource: sources.rotateSource,
  deleteSource: sources.deleteSource,
  countEvents: queries.countEvents,
  eventTimeseries: queries.eventTimeseries,
  queryBySql: queries.queryBySql,
  eventStats: queries.eventStats,
  exportOwnEvents: exports.exportOwnEvents,
} as const;
