export * from './analyst.endpoints.js';
export * from './erasure.endpoints.js';
export * from './event.schema.js';
export * from './export.endpoints.js';
export * from './funnel.endpoints.js';
export * from './ingest.endpoints.js';
export * from './quarantine.endpoints.js';
export * from './query.endpoints.js';
export * from './query.schema.js';
export * from './schema.endpoints.js';
export * from './segment.endpoints.js';
export * from './segment.schema.js';
export * from './settings.endpoints.js';
export * from './source.endpoints.js';
export * from './stream.endpoints.js';
export * from './suggestion.endpoints.js';
export * from './usage.endpoints.js';
import * as analysts from './analyst.endpoints.js';
import * as erasures from './erasure.endpoints.js';
import * as exports from './export.endpoints.js';
import * as funnels from './funnel.endpoints.js';
import * as ingest from './ingest.endpoints.js';
import * as quarantine from './quarantine.endpoints.js';
import * as queries from './query.endpoints.js';
import * as schemas from './schema.endpoints.js';
import * as segment from './segment.endpoints.js';
import * as settings from './settings.endpoints.js';
import * as sources from './source.endpoints.js';
import * as streams from './stream.endpoints.js';
import * as suggestions from './suggestion.endpoints.js';
import * as usage from './usage.endpoints.js';

export const eventsEndpoints = {
  ingestEvents: ingest.ingestEvents,
  listSources: sources.listSources,
  createSource: sources.createSource,
  updateSource: sources.updateSource,
  rotateSource: sources.rotateSource,
  deleteSource: sources.deleteSource,
  listSchemas: schemas.listSchemas,
  createSchema: schemas.createSchema,
  getSchema: schemas.getSchema,
  replaceSchema: schemas.replaceSchema,
  deleteSchema: schemas.deleteSchema,
  suggestSchema: suggestions.suggestSchema,
  listUncataloguedEvents: suggestions.listUncataloguedEvents,
  countViolations: suggestions.countViolations,
  listQuarantine: quarantine.listQuarantine,
  replayQuarantine: quarantine.replayQuarantine,
  discardQuarantine: quarantine.discardQuarantine,
  countEvents: queries.countEvents,
  eventTimeseries: queries.eventTimeseries,
  eventBreakdown: queries.eventBreakdown,
  eventFunnel: funnels.eventFunnel,
  eventRetention: funnels.eventRetention,
  liveEvents: streams.liveEvents,
  exportEvents: streams.exportEvents,
  queryBySql: queries.queryBySql,
  eventStats: usage.eventStats,
  eventUsage: usage.eventUsage,
  exportOwnEvents: exports.exportOwnEvents,
  segmentTrack: segment.segmentTrack,
  segmentIdentify: segment.segmentIdentify,
  segmentPage: segment.segmentPage,
  segmentScreen: segment.segmentScreen,
  segmentGroup: segment.segmentGroup,
  segmentAlias: segment.segmentAlias,
  segmentBatch: segment.segmentBatch,
  segmentSettings: segment.segmentSettings,
  rudderSourceConfig: segment.rudderSourceConfig,
  listAnalysts: analysts.listAnalysts,
  createAnalyst: analysts.createAnalyst,
  rotateAnalyst: analysts.rotateAnalyst,
  deleteAnalyst: analysts.deleteAnalyst,
  eraseSubject: erasures.eraseSubject,
  getErasure: erasures.getErasure,
  getEventSettings: settings.getEventSettings,
  updateEventSettings: settings.updateEventSettings,
} as const;
