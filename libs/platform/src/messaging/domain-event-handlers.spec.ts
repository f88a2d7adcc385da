import { domainEvent } from '@atrium/contract-kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DomainEventHandlers } from './domain-event-handlers.js';
import { outboxSchemaSql } from './outbox-schema.js';

const renamed = domainEvent({
  type: 'site.renamed',
  version: 2,
  publisher: 'users',
  subscribers: ['gallery'],
  data: z.object({ name: z.string() }),
});

const envelope = (parts: Record<string, unknown>): string =>
  JSON.stringify({
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    type: 'site.renamed',
    version: 2,
    occurred_at: '2026-11-20T10:00:00.000Z',
    org_id: null,
    request_id: 'r',
    data: { name: 'North' },
    ...parts,
  });

describe('finding the handler of a message', () => {
  const handlers = new DomainEventHandlers();
  handlers.onInTenant(renamed, async () => undefined);

  it('refuses a second handler of one event', () => {
    expect(() => handlers.on(renamed, async () => undefined)).toThrow('site.renamed@2 has a handler already.');
  });

  it('refuses an event outside of any organization where its handler needs one', () => {
    expect(() => handlers.bind(envelope({}))).toThrow('site.renamed: org_id is missing');
  });

  it('names what is wrong without showing the value', () => {
    const secret = 'ann@example.com';
    const attempt = () => handlers.bind(envelope({ data: { name: { secret } } }));
    expect(attempt).toThrow(/^site\.renamed: name /);
    expect(attempt).not.toThrow(secret);
  });
});

it('puts no schema name into SQL that is not one', () => {
  expect(() => outboxSchemaSql('a; drop table x')).toThrow('is not a schema name');
});
