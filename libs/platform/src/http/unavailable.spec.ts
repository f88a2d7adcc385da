import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { toDomainError } from './error.filter.js';
import { isUnavailable } from './unavailable.js';

const failedWith = (code: string): QueryFailedError => new QueryFailedError('select 1', [], Object.assign(new Error('refused'), { code }));

describe('errors of the database', () => {
  it.each(['08006', '53100', '53300', '57P01', '57P03'])('%s is an outage: 503, and consumers wait it out', (code) => {
    expect(toDomainError(failedWith(code))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 2 });
    expect(isUnavailable(failedWith(code))).toBe(true);
  });

  it.each(['57014', '55P03', '25P03', '40P01', '40001'])('%s is one statement given up: 503, and consumers deliver it again', (code) => {
    expect(toDomainError(failedWith(code))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 2 });
    expect(isUnavailable(failedWith(code))).toBe(false);
  });

  it.each(['23505', '42P01', '22P02'])('%s is our own fault: INTERNAL', (code) => {
    expect(toDomainError(failedWith(code)).code).toBe('INTERNAL');
  });
});
