import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRefresh } from './refresh-decision.js';

const salt = Buffer.alloc(32, 7);
const predecessor = { rotated: true, withinGrace: true, successorSalt: salt, successorUsed: false };

describe('what becomes of a presented refresh token', () => {
  it('the live one is rotated', () => {
    expect(decideRefresh({ rotated: false, withinGrace: false, successorSalt: null, successorUsed: false })).toEqual({ kind: 'rotate' });
  });

  it('the immediate predecessor gets the same successor within the grace period', () => {
    expect(decideRefresh(predecessor)).toEqual({ kind: 'repeat', salt });
  });

  it('the immediate predecessor is reuse after the grace period', () => {
    expect(decideRefresh({ ...predecessor, withinGrace: false })).toEqual({ kind: 'reuse' });
  });

  it('one whose successor was used is reuse, however soon', () => {
    expect(decideRefresh({ ...predecessor, successorUsed: true })).toEqual({ kind: 'reuse' });
  });

  it('one that a switch of the organization ended a moment ago is refused without harm', () => {
    expect(decideRefresh({ ...predecessor, successorSalt: null })).toEqual({ kind: 'refuse' });
  });

  it('nothing rotated is ever rotated again, and nothing used or late is ever repeated', () => {
    fc.assert(
      fc.property(
        fc.record({
          rotated: fc.boolean(),
          withinGrace: fc.boolean(),
          successorUsed: fc.boolean(),
          successorSalt: fc.option(fc.constant(salt)),
        }),
        (state) => {
          const { kind } = decideRefresh(state);
          expect(kind === 'rotate').toBe(!state.rotated);
          if (kind === 'repeat') expect(state).toMatchObject({ withinGrace: true, successorUsed: false });
        },
      ),
    );
  });
});
