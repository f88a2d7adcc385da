import type { IncomingHttpHeaders } from 'node:http';
import { currentContext } from '../context/index.js';

const cookieName = 'atrium_device';
/** People sign in at the API and on the provider's own pages. */
const cookiePath = '/';
/** 400 days: browsers keep no cookie for longer. */
const maxAgeSeconds = 400 * 86_400;
/** Several people share a browser, and each has a token of their own in it. */
const mostTokens = 5;
const token = /^[A-Za-z0-9_-]{43}$/;

const cookieOf = (header = ''): string | undefined =>
  header
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);

/** Tokens of the cookie, or of `X-Device-Token` where a client keeps no cookies; what is none is left out. */
export function deviceTokensOf(headers: IncomingHttpHeaders): readonly string[] {
  const given = headers['x-device-token'] ?? cookieOf(headers.cookie);
  if (typeof given !== 'string') return [];
  return given.split('.', mostTokens).filter((text) => token.test(text));
}

/**
 * Sets the cookie of the answer at hand: `own` for the person who signed in, `others` of those who share the browser.
 * No script can read it, and no other site's page sends it (RFC 6265bis §5.6.7).
 */
export function sendDeviceTokens(own: string, others: readonly string[], { secure }: { readonly secure: boolean }): void {
  const context = currentContext();
  if (!context) return;
  const value = [own, ...others.filter((other) => other !== own)].slice(0, mostTokens).join('.');
  const attributes = [`Path=${cookiePath}`, `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Strict', ...(secure ? ['Secure'] : [])];
  (context.cookies ??= []).push([`${cookieName}=${value}`, ...attributes].join('; '));
}
