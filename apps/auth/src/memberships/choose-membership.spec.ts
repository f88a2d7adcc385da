import { describe, expect, it } from 'vitest';
import { chooseMembership } from './choose-membership.js';

const memberships = [{ orgId: 'a' }, { orgId: 'b' }];

describe('the organization of a sign-in', () => {
  it('is the requested one', () => {
    expect(chooseMembership(memberships, { requested: 'b', last: 'a' })).toEqual({ orgId: 'b' });
  });

  it('is refused as wrong credentials when the person is no member of it', () => {
    expect(() => chooseMembership(memberships, { requested: 'c', last: 'a' })).toThrow(
      expect.objectContaining({ code: 'INVALID_CREDENTIALS' }),
    );
  });

  it('is the one used last, or the first when that membership is gone', () => {
    expect(chooseMembership(memberships, { last: 'b' })).toEqual({ orgId: 'b' });
    expect(chooseMembership(memberships, { last: 'gone' })).toEqual({ orgId: 'a' });
  });

  it('is none for a person without memberships', () => {
    expect(chooseMembership([], { last: null })).toBeUndefined();
  });
});
