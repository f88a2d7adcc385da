import { z } from 'zod';
import { ingestLimits } from './event.schema.js';

/** Segment's own bounds are 32 KB an event, 500 KB and 2,500 events a request. */
export const segmentLimits = { ...ingestLimits, batchEvents: 2_500 } as const;

/** Numbers are taken as texts. */
const id = z.union([z.string(), z.number()]).nullish();
const object = z.record(z.string(), z.unknown()).nullish();

/**
 * A message of Segment's HTTP tracking API. Unlike everywhere else, unknown fields are ignored: SDKs add fields of their
 * own (`integrations`, `_metadata`, `channel`), and drop for good what is refused.
 */
const shared = {
  messageId: id.describe('Kept as event_id if it is a UUID; otherwise a UUID is derived of it, so that what is sent again counts once'),
  userId: id,
  anonymousId: id,
  context: object,
  timestamp: z.string().nullish(),
  originalTimestamp: z.string().nullish(),
  sentAt: z.string().nullish(),
  writeKey: z.string().nullish().describe('Where the request has no credentials in its headers'),
} as const;
const message = z.looseObject(shared);

export const segmentTrackBody = message.extend({ event: z.string(), properties: object }).meta({ id: 'SegmentTrack' });
export const segmentIdentifyBody = message.extend({ traits: object }).meta({ id: 'SegmentIdentify' });
export const segmentPageBody = message
  .extend({ name: z.string().nullish(), category: z.string().nullish(), properties: object })
  .meta({ id: 'SegmentPage' });
export const segmentGroupBody = message.extend({ groupId: id, traits: object }).meta({ id: 'SegmentGroup' });
export const segmentAliasBody = message.extend({ previousId: id }).meta({ id: 'SegmentAlias' });
export const segmentBatchBody = z
  .looseObject({
    batch: z.array(message.extend({ type: z.string() })).max(segmentLimits.batchEvents),
    context: object.describe('For all messages; what a message says itself counts'),
    sentAt: z.string().nullish(),
    writeKey: shared.writeKey,
  })
  .meta({ id: 'SegmentBatch' });

export const segmentAnswer = z
  .object({
    success: z.literal(true),
    accepted: z.int(),
    rejected: z.array(z.object({ index: z.int(), code: z.string(), message: z.string() })),
  })
  .meta({ id: 'SegmentAnswer' });
export type SegmentAnswer = z.output<typeof segmentAnswer>;

/** What `@segment/analytics-next` reads before it sends: where to, and that nothing else is connected. */
export const segmentSettingsBody = z
  .object({
    integrations: z.object({
      'Segment.io': z.object({ apiKey: z.string(), apiHost: z.string(), protocol: z.enum(['http', 'https']), addBundledMetadata: z.boolean(), versionSettings: z.object({ componentTypes: z.array(z.string()) }) }),
    }),
    plan: z.object({ track: z.object({}), identify: z.object({}), group: z.object({}) }),
    enabledMiddleware: z.object({}),
    metrics: z.object({ sampleRate: z.number() }),
    remotePlugins: z.array(z.object({})),
  })
  .meta({ id: 'SegmentSettings' });

/** What RudderStack's browser SDK reads before it sends. */
export const rudderSourceConfigBody = z
  .object({
    source: z.object({
      id: z.string(),
      name: z.string(),
      enabled: z.boolean(),
      config: z.object({ statsCollection: z.object({ errors: z.object({ enabled: z.boolean() }), metrics: z.object({ enabled: z.boolean() }) }) }),
      destinations: z.array(z.object({})),
    }),
  })
  .meta({ id: 'RudderSourceConfig' });
