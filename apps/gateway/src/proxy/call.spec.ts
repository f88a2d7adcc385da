import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestHead } from './call.js';

const line = { method: 'POST', target: '/api/v1/events?a=1', host: 'events:8080' };

describe('the head of a request to a service', () => {
  it('says the length of the body that goes with it', () => {
    const start = 'POST /api/v1/events?a=1 HTTP/1.1\r\nhost: events:8080\r\nconnection: keep-alive\r\na: b\r\n';
    expect(requestHead(line, ['a', 'b'], Buffer.from('four'), '4')).toBe(`${start}content-length: 4\r\n\r\n`);
    expect(requestHead(line, ['a', 'b'], null, undefined)).toBe(`${start}content-length: 0\r\n\r\n`);
    expect(requestHead({ ...line, method: 'GET' }, [], null, undefined)).toBe(
      'GET /api/v1/events?a=1 HTTP/1.1\r\nhost: events:8080\r\nconnection: keep-alive\r\n\r\n',
    );
  });

  it('takes no value that could end its line', () => {
    for (const value of ['a\r\nx: y', 'a\n', '\0', '\u0100']) expect(() => requestHead(line, ['x', value], null, undefined)).toThrow('x can');
  });

  it('has one line for each header, whatever its value', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 10 })), (values) => {
        const headers = values.flatMap((value) => ['x-any', value]);
        try {
          expect(requestHead(line, headers, null, undefined).split(/[\r\n]+/)).toHaveLength(values.length + 5);
        } catch (error) {
          expect(String(error)).toContain("x-any can't be sent on");
        }
      }),
    );
  });
});
