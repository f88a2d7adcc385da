import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeNotificationKey,
  derivativeKeyOf,
  derivativeKeysOf,
  parseDerivativeKey,
  parseQuarantineKey,
  quarantineKeyOf,
  readyKeyOf,
} from './object-key.js';

const owner = fc.record({ orgId: fc.uuid(), siteId: fc.uuid(), assetId: fc.uuid() });

describe('an object key', () => {
  it('tells its owner', () => {
    fc.assert(
      fc.property(owner, (ids) => {
        expect(parseQuarantineKey(quarantineKeyOf(ids))).toEqual(ids);
      }),
    );
  });

  it('of a derivative tells whose it is, and follows from the key of the file', () => {
    fc.assert(
      fc.property(owner, (ids) => {
        const keys = derivativeKeysOf(readyKeyOf(ids));
        expect(keys).toContain(derivativeKeyOf(ids, 640));
        for (const key of keys) expect(parseDerivativeKey(key)).toEqual(ids);
        expect(parseDerivativeKey(readyKeyOf(ids))).toBeUndefined();
        expect(parseDerivativeKey(`${derivativeKeyOf(ids, 320)}/x`)).toBeUndefined();
      }),
    );
  });

  it('of any other form has no owner', () => {
    const [key] = fc.sample(owner, 1).map(quarantineKeyOf);
    for (const other of ['', 'quarantine', `/${key}`, `${key}/`, `${key}/x`, `../${key}`, key?.replace('quarantine', 'ready')]) {
      expect(parseQuarantineKey(other ?? '')).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseQuarantineKey(text)).toBeUndefined();
      }),
    );
  });

  it('is decoded as notifications encode it', () => {
    expect(decodeNotificationKey('quarantine/a+b%2Bc%C3%A9')).toBe('quarantine/a b+cé');
    expect(decodeNotificationKey('%E0%A4%A')).toBeUndefined();
  });
});
