import { DomainError } from '@atrium/platform/errors';
import { ClientError } from 'openid-client';
import { describe, expect, it } from 'vitest';
import { isOutage, problemOf } from './issuer-problem.js';

const clientError = (code: string, cause?: unknown): ClientError => Object.assign(new ClientError('it failed', { cause }), { code });

describe('a problem with an issuer', () => {
  it('is told in one line, without what the error carries', () => {
    const cause = Object.assign(new Error('unexpected claim'), { cause: { claims: { email: 'ann@example.com' } } });
    expect(problemOf(clientError('OAUTH_JWT_CLAIM_COMPARISON_FAILED', cause))).toMatch(/it failed: unexpected claim$/);
    expect(problemOf(clientError('X', { parameters: new URLSearchParams('code=secret') }))).not.toContain('secret');
    expect(problemOf('secret')).toBe('unknown');
  });

  it.each([
    [clientError('OAUTH_TIMEOUT'), true],
    [clientError('OAUTH_RESPONSE_IS_NOT_CONFORM'), true],
    [clientError('OAUTH_JWT_CLAIM_COMPARISON_FAILED'), false],
    [new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }), true],
    [new TypeError('a bug'), false],
    [new DomainError('UPSTREAM_UNAVAILABLE'), true],
    [new DomainError('INTERNAL'), false],
  ])('%s is an outage or not', (error, expected) => {
    expect(isOutage(error)).toBe(expected);
  });
});
