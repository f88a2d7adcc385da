import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';

/** Longer ones are no write keys; the service says so. */
const maxLength = 512;

/** Sites have few keys and many visitors. */
const hashes = new LRUCache<string, string>({ max: 2_000 });

function hashOf(key: string): string {
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const digest = hash('sha256', key, 'base64url');
  hashes.set(key, digest);
  return digest;
}

function basicUser(authorization: string | undefined): string | undefined {
  if (authorization?.slice(0, 6).toLowerCase() !== 'basic ') return undefined;
  return Buffer.from(authorization.slice(6, 6 + maxLength).trim(), 'base64').toString('utf8').split(':', 1)[0];
}

/**
 * A stand-in for the write key that a request carries (`X-Write-Key`, or user name of Basic), or undefined. `carried` is
 * what was found elsewhere in a request without such headers.
 */
export function writeKeyHash(headers: IncomingHttpHeaders, carried?: string): string | undefined {
  const header = headers['x-write-key'];
  const key = typeof header === 'string' ? header.slice(0, maxLength) : (basicUser(headers.authorization) ?? carried);
  return key === undefined || key === '' ? undefined : hashOf(key);
}
