import type { EndpointDefinition } from '@atrium/contract-kit';
import type { IncomingMessage } from 'node:http';
import { announcedBytes, gather, gatheredBytes } from '../proxy/request-body.js';

/** What was found of a write key that the headers don't hold. */
export interface CarriedWriteKey {
  readonly writeKey?: string;
  /** The body, where it had to be read. */
  readonly body?: Buffer;
}

const nothing: CarriedWriteKey = {};

/** Longer ones are no write keys. */
const maxLength = 128;
// A header is made of it.
const asKey = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= maxLength && /^[\w-]+$/.test(value) ? value : undefined;

const hasCredentials = ({ authorization, 'x-write-key': key, 'x-api-key': apiKey }: IncomingMessage['headers']): boolean =>
  authorization !== undefined || key !== undefined || apiKey !== undefined;

/** Own `writeKey` of a JSON object, exactly as the service reads the same bytes. */
function keyInJson(body: Buffer): string | undefined {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return typeof json === 'object' && json !== null && 'writeKey' in json ? asKey(json.writeKey) : undefined;
  } catch {
    return undefined;
  }
}

function keyInTarget(places: readonly string[], { path }: EndpointDefinition, target: string): string | undefined {
  const [pathname = '', query = ''] = target.split('?', 2);
  const place = places.includes('path') ? path.split('/').indexOf('{write_key}') : -1;
  if (place !== -1) return asKey(pathname.split('/')[place]);
  return places.includes('query') ? asKey(new URLSearchParams(query).get('writeKey')) : undefined;
}

/** Small, uncompressed, and of an announced size: what a browser's beacon is (64 KiB, Fetch §4.5). */
function mayHoldKey(request: IncomingMessage): boolean {
  const { 'content-encoding': coding, expect } = request.headers;
  const bytes = announcedBytes(request) ?? 0;
  return bytes > 0 && bytes <= gatheredBytes && expect === undefined && (coding === undefined || coding === 'identity');
}

async function keyInBody(request: IncomingMessage): Promise<CarriedWriteKey> {
  const body = await gather(request);
  const writeKey = keyInJson(body);
  return writeKey === undefined ? { body } : { body, writeKey };
}

/**
 * The write key of a request that has no credentials in its headers, where the endpoint allows that. Found here, so that
 * it has the limits of any other key. A promise only where the body is read, which may reject with CLIENT_GONE.
 */
export function carriedWriteKey(endpoint: EndpointDefinition, request: IncomingMessage): CarriedWriteKey | Promise<CarriedWriteKey> {
  const { access } = endpoint;
  if (access.kind !== 'write-key' || access.keyIn === undefined || hasCredentials(request.headers)) return nothing;
  const writeKey = keyInTarget(access.keyIn, endpoint, request.url ?? '');
  if (writeKey !== undefined) return { writeKey };
  return access.keyIn.includes('body') && mayHoldKey(request) ? keyInBody(request) : nothing;
}
