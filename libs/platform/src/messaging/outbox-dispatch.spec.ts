import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxMessageBytes } from './message-body.js';
import { packBatches } from './outbox-dispatch.js';

const row = fc.record({
  id: fc.uuid(),
  destinations: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
  payload: fc.integer({ min: 1, max: 600_000 }).map((bytes) => 'x'.repeat(bytes)),
  attempts: fc.constant(1),
});

describe('packing rows into batches', () => {
  it('names every row once for each destination, within the limits of SQS', () => {
    fc.assert(
      fc.property(fc.uniqueArray(row, { maxLength: 40, selector: ({ id }) => id }), (rows) => {
        const batches = packBatches(rows);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(batch.reduce((sum, entry) => sum + entry.bytes, 0)).toBeLessThanOrEqual(maxMessageBytes);
          expect(new Set(batch.map((entry) => entry.queue)).size).toBe(1);
        }
        const packed = batches.flat().map((entry) => `${entry.row.id} ${entry.queue}`);
        const wanted = rows.flatMap(({ id, destinations }) => destinations.map((queue) => `${id} ${queue}`));
        expect(packed.toSorted()).toEqual(wanted.toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it('leaves a row that is too large alone in its batch', () => {
    const large = { id: '1', destinations: ['a'], payload: 'é'.repeat(600_000), attempts: 1 };
    const small = { id: '2', destinations: ['a'], payload: '{}', attempts: 1 };
    expect(packBatches([small, large, small]).map((batch) => batch.length)).toEqual([1, 1, 1]);
  });
});
