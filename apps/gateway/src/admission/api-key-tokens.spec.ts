import { DomainError } from '@atrium/platform/errors';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyTokens } from './api-key-tokens.js';

describe('the token of an API key', () => {
  let now: number;
  let asked: string[];
  /** What auth says next. */
  let answer: () => { access_token: string; expires_in: number } | undefined;
  let tokens: ApiKeyTokens;
  const down = (): never => {
    throw new DomainError('UPSTREAM_UNAVAILABLE');
  };

  beforeEach(() => {
    now = 1_000_000;
    asked = [];
    answer = () => ({ access_token: `token-${asked.length}`, expires_in: 300 });
    tokens = new ApiKeyTokens(async (key) => {
      asked.push(key);
      return answer();
    }, () => now);
  });

  it('is asked for once a minute, however many ask at once', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => tokens.of('k', 'h')))).toEqual(Array(20).fill('token-1'));
    now += 59_999;
    expect([tokens.fresh('h'), await tokens.of('k', 'h')]).toEqual(['token-1', 'token-1']);
    expect(asked).toEqual(['k']);
    now += 1;
    expect([tokens.fresh('h'), await tokens.of('k', 'h')]).toEqual([undefined, 'token-2']);
  });

  it('is never held longer than it lives', async () => {
    answer = () => ({ access_token: 'short', expires_in: 10 });
    await tokens.of('k', 'h');
    now += 10_000;
    expect(tokens.fresh('h')).toBeUndefined();
  });

  it('is none for a refused key, about which auth is not asked again for some seconds', async () => {
    answer = () => undefined;
    for (let index = 0; index < 10; index += 1) expect(await tokens.of('k', 'h')).toBeUndefined();
    expect(asked).toHaveLength(1);
    now += 5_000;
    await tokens.of('k', 'h');
    expect(asked).toHaveLength(2);
  });

  it('serves while auth is down, until it expires, and auth is not asked on each request', async () => {
    await tokens.of('k', 'h');
    answer = down;
    now += 60_000;
    for (let index = 0; index < 10; index += 1) expect(await tokens.of('k', 'h')).toBe('token-1');
    expect(asked).toHaveLength(2);
    now += 240_000;
    await expect(tokens.of('k', 'h')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('is asked for anew when it is dead, and a later one is not forgotten for it', async () => {
    await tokens.of('k', 'h');
    tokens.forget('h', 'token-1');
    expect(await tokens.of('k', 'h')).toBe('token-2');
    tokens.forget('h', 'token-1');
    expect(tokens.fresh('h')).toBe('token-2');
  });

  it('is one of ten thousand at most', async () => {
    for (let index = 0; index <= 10_000; index += 1) await tokens.of('k', `h${index}`);
    expect([tokens.fresh('h0'), tokens.fresh('h1')]).toEqual([undefined, 'token-2']);
  });
});
