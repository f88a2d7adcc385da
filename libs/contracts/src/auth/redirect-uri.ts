import { z } from 'zod';

const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Visible ASCII without what browsers and URL parsers read differently (RFC 9700 §4.1.3). */
const plain = /^[\u0021-\u007e]+$/;

/**
 * Whether a browser may be sent there: https, or http to the person's own machine (RFC 8252 §7.3); no fragment (RFC 6749
 * §3.1.2), no user part, no wildcard, and written as a URL parser would write it, since it is compared as text.
 */
export function isRedirectUri(text: string): boolean {
  if (!plain.test(text) || /[*#\\]/.test(text)) return false;
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '' || /\/\.{1,2}(?:\/|$)|%2e/i.test(url.pathname)) return false;
  if (url.href !== text && url.href !== `${text}/`) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname));
}

export const redirectUri = z.string().max(512).refine(isRedirectUri, 'must be an exact https URL, or http on loopback, without fragment or wildcard');
