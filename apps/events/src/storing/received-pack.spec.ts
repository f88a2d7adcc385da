import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packMessage } from '../packs/pack-message.js';
import { receivePack, tokenOf } from './received-pack.js';

describe('tokenOf', () => {
  const ids = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 });

  it('is the same for the same packs in any order', () => {
    fc.assert(fc.property(ids, (some) => {
      expect(tokenOf(some.toReversed())).toBe(tokenOf(some));
    }));
  });

  it('is another for any other packs', () => {
    fc.assert(fc.property(ids, ids, (some, others) => {
      const same = some.toSorted().join() === others.toSorted().join();
      expect(tokenOf(some) === tokenOf(others)).toBe(same);
    }));
  });

  it('of a pack alone is its id, as before there were groups', () => {
    expect(tokenOf(['a'])).toBe('a');
  });
});

describe('a message from before there were targets', () => {
  const message = { version: 1, batch_id: '0198b5c5-3b1c-7e6e-9d3f-6a6f1c2b3d4e', codec: 'zstd', rows: 3, data: 'KLUv/SAIQQAAeyJhIjoxfQo=' };

  it('is for the events, and has a size that is not known beforehand too', () => {
    expect(receivePack(packMessage.parse(message), 1)).toMatchObject({ target: 'events', rows: 3, size: 8, isRedelivered: false });
    expect(receivePack(packMessage.parse({ ...message, target: 'quarantine' }), 2)).toMatchObject({ target: 'quarantine', isRedelivered: true });
    expect(receivePack(packMessage.parse({ ...message, data: '' }), 1).size).toBeGreaterThan(0);
  });

  it('names no other target', () => {
    expect(packMessage.safeParse({ ...message, target: 'audit_log' }).success).toBe(false);
  });
});
