import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashingBounds, hashMemoryKib, missingWork } from './hash-work.js';

const owasp = { memoryCost: 19_456, timeCost: 2 };
const rfc = { memoryCost: 65_536, timeCost: 3 };
const cost = fc.record({ memoryCost: fc.integer({ min: 19_456, max: hashMemoryKib }), timeCost: fc.integer({ min: 2, max: 10 }) });

describe('how many hashes run and wait', () => {
  it('is one a core while their memory allows', () => {
    expect(hashingBounds(rfc, 2)).toEqual({ atOnce: 2, waiting: 24 });
    expect(hashingBounds(rfc, 16)).toEqual({ atOnce: 4, waiting: 48 });
    expect(hashingBounds(owasp, 2)).toEqual({ atOnce: 2, waiting: 128 });
  });

  it('never takes more memory than is theirs, nor more waiting work a core than before, and always lets one run and one wait', () => {
    fc.assert(
      fc.property(cost, fc.integer({ min: 1, max: 128 }), (chosen, cores) => {
        const { atOnce, waiting } = hashingBounds(chosen, cores);
        expect(atOnce).toBeGreaterThanOrEqual(1);
        expect(atOnce * chosen.memoryCost).toBeLessThanOrEqual(hashMemoryKib);
        expect(waiting).toBeGreaterThanOrEqual(atOnce);
        const leastWork = chosen.memoryCost * chosen.timeCost;
        expect((waiting / atOnce) * leastWork).toBeLessThanOrEqual(Math.max(leastWork, 64 * owasp.memoryCost * owasp.timeCost));
      }),
    );
  });
});

describe('what a refusal by a weaker hash has yet to do', () => {
  it('is the rest of the work, within a pass over a KiB', () => {
    expect(missingWork(owasp, rfc)).toEqual({ memoryCost: 52_565, timeCost: 3 });
    fc.assert(
      fc.property(cost, cost, (made, today) => {
        const missing = missingWork(made, today);
        const work = made.memoryCost * made.timeCost + (missing ? missing.memoryCost * missing.timeCost : 0);
        const wanted = today.memoryCost * today.timeCost;
        if (missing) expect(Math.abs(work - wanted)).toBeLessThanOrEqual(today.timeCost);
        else expect(work).toBeGreaterThan(wanted - 8 * today.timeCost);
      }),
    );
  });

  it('is nothing for one that is as strong', () => {
    expect(missingWork(rfc, rfc)).toBeUndefined();
    expect(missingWork(rfc, owasp)).toBeUndefined();
  });
});
