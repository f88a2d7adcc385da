import { endpoint } from '@atrium/contract-kit';
import { z } from 'zod';
import { ingestLimit } from './ingest.endpoints.js';
import * as schema from './segment.schema.js';

// Segment's HTTP tracking API, as the published SDKs of Segment and RudderStack call it: analytics.js uses the short
// paths, `import` is an old name of `batch`, and RudderStack's beacons go to a path of their own.
const shared = {
  service: 'events',
  method: 'POST',
  limit: ingestLimit,
  maxBodyBytes: schema.segmentLimits.bodyBytes,
  success: { status: 200, description: 'Accepted messages are durable; rejected ones are named', schema: schema.segmentAnswer },
  errors: ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'UPSTREAM_UNAVAILABLE'],
} as const;
const access = { kind: 'write-key', permission: 'events.write', keyIn: ['body'] } as const;
const summary = (call: string) => `Segment: ${call}`;

export const segmentTrack = endpoint({
  ...shared,
  operationId: 'events.segmentTrack',
  path: '/v1/track',
  aliases: ['/v1/t'],
  summary: summary('something that somebody did'),
  access,
  body: schema.segmentTrackBody,
});

export const segmentIdentify = endpoint({
  ...shared,
  operationId: 'events.segmentIdentify',
  path: '/v1/identify',
  aliases: ['/v1/i'],
  summary: summary('who somebody is'),
  access,
  body: schema.segmentIdentifyBody,
});

export const segmentPage = endpoint({
  ...shared,
  operationId: 'events.segmentPage',
  path: '/v1/page',
  aliases: ['/v1/p'],
  summary: summary('a page was seen'),
  access,
  body: schema.segmentPageBody,
});

export const segmentScreen = endpoint({
  ...shared,
  operationId: 'events.segmentScreen',
  path: '/v1/screen',
  aliases: ['/v1/s'],
  summary: summary('a screen of an app was seen'),
  access,
  body: schema.segmentPageBody,
});

export const segmentGroup = endpoint({
  ...shared,
  operationId: 'events.segmentGroup',
  path: '/v1/group',
  aliases: ['/v1/g'],
  summary: summary('what group somebody belongs to'),
  access,
  body: schema.segmentGroupBody,
});

export const segmentAlias = endpoint({
  ...shared,
  operationId: 'events.segmentAlias',
  path: '/v1/alias',
  aliases: ['/v1/a'],
  summary: summary('two ids are one person'),
  access,
  body: schema.segmentAliasBody,
});

export const segmentBatch = endpoint({
  ...shared,
  operationId: 'events.segmentBatch',
  path: '/v1/batch',
  aliases: ['/v1/b', '/v1/import', '/beacon/v1/batch'],
  summary: summary('many messages of any kind'),
  access: { ...access, keyIn: ['query', 'body'] },
  body: schema.segmentBatchBody,
});

export const segmentSettings = endpoint({
  operationId: 'events.getSegmentSettings',
  service: 'events',
  method: 'GET',
  path: '/v1/projects/{write_key}/settings',
  summary: "Segment's browser SDK: where to send",
  access: { kind: 'write-key', permission: 'events.write', keyIn: ['path'] },
  limit: ingestLimit,
  params: z.object({ write_key: z.string() }),
  success: { status: 200, description: 'The settings', schema: schema.segmentSettingsBody },
  errors: [],
});

export const rudderSourceConfig = endpoint({
  operationId: 'events.getRudderSourceConfig',
  service: 'events',
  method: 'GET',
  path: '/sourceConfig',
  aliases: ['/sourceConfig/'],
  summary: "RudderStack's browser SDK: what is connected",
  description: 'The SDK also tells its version and options in the query; these are ignored.',
  access: { kind: 'write-key', permission: 'events.write', keyIn: ['query'] },
  limit: ingestLimit,
  success: { status: 200, description: 'The configuration', schema: schema.rudderSourceConfigBody },
  errors: [],
});
