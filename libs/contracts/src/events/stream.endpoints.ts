import { endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { queryDefaults } from './query.endpoints.js';
import { eventName } from './event.schema.js';
import { ordered, orderedProblem, span } from './query.schema.js';

const names = z.string().max(4_096).transform((list) => list.split(',').map((name) => name.trim()).filter(Boolean)).pipe(z.array(eventName).min(1).max(50));

export const liveEvents = endpoint({
  ...queryDefaults,
  operationId: 'events.streamLive',
  path: '/api/v1/events/live',
  summary: 'New events as they are stored (server-sent events)',
  description:
    'Each message is one event as JSON. `dropped` says how many were left out because there were more than are sent; `end` says why the stream ends. After a break, `Last-Event-ID` goes on from there, up to ten minutes back.',
  query: z.strictObject({ event: names.optional(), site_id: uuid.optional() }),
  success: { status: 200, description: 'An endless stream, with a comment every 15 seconds', stream: { type: 'text/event-stream' } },
});

export const exportFormats = ['csv', 'ndjson', 'parquet'] as const;

export const exportEvents = endpoint({
  ...queryDefaults,
  operationId: 'events.exportEvents',
  path: '/api/v1/events/export',
  summary: 'Events of a span of time as a file',
  description:
    'In no order. A file that could not be finished ends in a broken connection. In CSV, a text that a spreadsheet would run as a formula has a quote (\') in front.',
  limit: { requests: 60, windowSeconds: 3600, per: 'principal' },
  query: span
    .omit({ sample: true })
    .extend({
      event: eventName.optional(),
      format: z.enum(exportFormats).default('ndjson'),
      compression: z.enum(['none', 'gzip']).default('none'),
    })
    .refine(ordered, orderedProblem),
  success: { status: 200, description: 'The events', file: { type: 'application/octet-stream', name: 'events' } },
});
