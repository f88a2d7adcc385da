import { endpoint } from '@atrium/contract-kit';
import { ingestAnswer, ingestBody, ingestLimits } from './event.schema.js';

/** All that a write key sends counts together. */
export const ingestLimit = { requests: 100_000, windowSeconds: 60, per: 'write-key', counter: 'events.ingest' } as const;

export const ingestEvents = endpoint({
  operationId: 'events.ingestEvents',
  service: 'events',
  method: 'POST',
  path: '/api/v1/events',
  summary: 'Send one event or a batch',
  description:
    'With a write key (`Authorization: Basic base64(write_key:)` or `X-Write-Key`) or a token with events.write. 202 means durable: the accepted events are stored and will be queryable exactly once. Bodies may be gzip, br or zstd. 429 takes nothing of the request: the organization sends faster than it may, or its month is used up (`GET /events/usage`).',
  access: { kind: 'write-key', permission: 'events.write' },
  limit: ingestLimit,
  body: ingestBody,
  maxBodyBytes: ingestLimits.bodyBytes,
  success: { status: 202, description: 'Accepted events are durable; rejected ones are named', schema: ingestAnswer },
  errors: ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'UPSTREAM_UNAVAILABLE'],
});
