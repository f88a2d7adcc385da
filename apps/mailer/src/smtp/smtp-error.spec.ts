import { PoisonMessageError } from '@atrium/platform/messaging';
import { isUnavailable } from '@atrium/platform/http';
import { describe, expect, it } from 'vitest';
import { toSendError } from './smtp-error.js';

const failure = (fields: object): Error => Object.assign(new Error('550 <ann@example.com> no such user'), fields);

describe('a failed send', () => {
  it.each([{ code: 'ESOCKET' }, { code: 'EDNS' }, { code: 'EENVELOPE', responseCode: 421 }])('is an outage for %o', (fields) => {
    expect(isUnavailable(toSendError(failure(fields)))).toBe(true);
  });

  it('is a dead letter when the server refuses for good', () => {
    expect(toSendError(failure({ code: 'EENVELOPE', responseCode: 550 }))).toBeInstanceOf(PoisonMessageError);
  });

  it('is tried again when the server refuses for now', () => {
    const error = toSendError(failure({ code: 'EENVELOPE', responseCode: 451 }));
    expect(error).not.toBeInstanceOf(PoisonMessageError);
    expect(isUnavailable(error)).toBe(false);
  });

  it('never repeats the address', () => {
    for (const responseCode of [421, 451, 550]) expect(toSendError(failure({ responseCode })).message).not.toContain('ann@');
  });
});
