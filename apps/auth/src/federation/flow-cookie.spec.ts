import { describe, expect, it } from 'vitest';
import { newOpaqueToken } from '../tokens/opaque-token.js';
import { FlowCookie } from './flow-cookie.js';

const secret = newOpaqueToken();
const over = (url: string) => new FlowCookie({ PUBLIC_URL: url });

describe('the cookie of a flow', () => {
  it('is Secure over https, of this host and no neighbour', () => {
    const cookie = over('https://api.example.com');
    expect(cookie.set(secret)).toBe(`__Host-atrium-oauth=${secret}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure`);
    expect(cookie.read(new Map([['__Host-atrium-oauth', secret]]))).toBe(secret);
    expect(cookie.read(new Map([['atrium-oauth', secret]]))).toBeUndefined();
  });

  it('is read over http, on the local platform, by its plain name', () => {
    expect(over('http://localhost:8000').read(new Map([['atrium-oauth', secret]]))).toBe(secret);
  });

  it.each(['', 'short', `${secret}x`, `${secret.slice(1)}"`, `${secret.slice(1)} `])('is none of ours with the value %j', (value) => {
    expect(over('http://localhost').read(new Map([['atrium-oauth', value]]))).toBeUndefined();
  });
});
