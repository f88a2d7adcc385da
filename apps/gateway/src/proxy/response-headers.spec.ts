import { describe, expect, it } from 'vitest';
import { outwardHeaders, varyOf } from './response-headers.js';

describe("a service's headers on their way out", () => {
  it('lose what belongs to one connection and what tells about the software', () => {
    const headers = [
      'connection', 'close', 'keep-alive', 'timeout=5', 'transfer-encoding', 'chunked', 'server', 'x', 'x-powered-by', 'y', 'connection', 'x-internal',
      'x-internal', '1', 'etag', '"7"', 'retry-after', '3', 'set-cookie', 'a=1', 'set-cookie', 'b=2',
    ];
    expect(outwardHeaders(headers, 'auth')).toEqual(['etag', '"7"', 'retry-after', '3', 'set-cookie', 'a=1', 'set-cookie', 'b=2']);
  });

  it('set cookies where they come from auth, and from nowhere else', () => {
    const headers = ['etag', '"7"', 'set-cookie', 'atrium_device=evil'];
    expect(outwardHeaders(headers, 'auth')).toEqual(['etag', '"7"', 'set-cookie', 'atrium_device=evil']);
    for (const service of ['users', 'gallery', 'events'] as const) expect(outwardHeaders(headers, service)).toEqual(['etag', '"7"']);
  });

  it('keep their Vary beside ours', () => {
    expect(varyOf(['vary', 'Accept-Language', 'vary', 'Accept'], ['Origin'])).toEqual(['vary', 'Accept-Language, Accept, Origin']);
    expect(varyOf([], [])).toEqual([]);
  });
});
