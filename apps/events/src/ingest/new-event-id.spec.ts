import { uuid } from '@atrium/contract-kit';
import { expect, it } from 'vitest';
import { newEventId } from './new-event-id.js';

it('event ids are distinct UUIDs of version 7 that carry their time', () => {
  const time = Date.parse('2026-11-20T10:00:00.123Z');
  const ids = Array.from({ length: 10_000 }, () => newEventId(time));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids.slice(0, 600)) {
    expect(uuid.safeParse(id).success).toBe(true);
    expect(id[14]).toBe('7');
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(time);
  }
});
