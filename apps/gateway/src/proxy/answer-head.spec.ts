import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedAnswerError, parseAnswerHead } from './answer-head.js';

const parse = (lines: string[], method = 'GET') => parseAnswerHead(lines.join('\r\n'), method);

describe("the head of a service's answer", () => {
  it('is read with names in lower case, repeated fields as they come', () => {
    expect(parse(['HTTP/1.1 200 OK', 'Content-Length:  5 ', 'Set-Cookie: a=1', 'Set-Cookie:b=2', 'X-Empty:'])).toEqual({
      status: 200, headers: ['content-length', '5', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-empty', ''], framing: 5, keepsAlive: true,
    });
    expect(parse(['HTTP/1.1 204 '])).toEqual({ status: 204, headers: [], framing: 0, keepsAlive: true });
  });

  it.each([
    ['chunks', 'GET', ['HTTP/1.1 200 OK', 'Transfer-Encoding: Chunked'], 'chunked', true],
    ['neither length nor chunks', 'GET', ['HTTP/1.1 200 OK'], 'close', false],
    ['a length of nothing', 'GET', ['HTTP/1.1 200 OK', 'content-length: 0'], 0, true],
    ['HEAD', 'HEAD', ['HTTP/1.1 200 OK', 'content-length: 5'], 0, false],
    ['304 with the length of what it stands for', 'GET', ['HTTP/1.1 304 x', 'content-length: 5'], 0, false],
    ['a service that closes', 'GET', ['HTTP/1.1 200 OK', 'content-length: 5', 'connection: x, Close'], 5, false],
    ['HTTP/1.0', 'GET', ['HTTP/1.0 200 OK', 'content-length: 5'], 5, false],
  ] as const)('says where the body ends and whether the connection lives: %s', (_name, method, lines, framing, keepsAlive) => {
    expect(parse([...lines], method)).toMatchObject({ framing, keepsAlive });
  });

  it.each([
    ['another protocol', ['HTTP/2 200 OK']],
    ['no status', ['HTTP/1.1 OK']],
    ['two lengths', ['HTTP/1.1 200 OK', 'content-length: 5', 'content-length: 5']],
    ['a list of lengths', ['HTTP/1.1 200 OK', 'content-length: 5, 5']],
    ['a length that is no number', ['HTTP/1.1 200 OK', 'content-length: +5']],
    ['a length and chunks', ['HTTP/1.1 200 OK', 'content-length: 5', 'transfer-encoding: chunked']],
    ['an unknown coding', ['HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked']],
    ['a folded line', ['HTTP/1.1 200 OK', 'x: 1', ' 2']],
    ['a space before the colon', ['HTTP/1.1 200 OK', 'content-length : 5']],
    ['a bare line feed', ['HTTP/1.1 200 OK', 'x: 1\ncontent-length: 5']],
    ['a NUL', ['HTTP/1.1 200 OK', 'x: \0']],
    ['an empty line', ['HTTP/1.1 200 OK', '']],
  ])('is refused with %s', (_name, lines) => {
    expect(() => parse(lines)).toThrow(MalformedAnswerError);
  });

  it('gives any fields back as they were sent', () => {
    const name = fc.stringMatching(/^x-[a-z\d!#$%&'*+.^_`|~-]{1,12}$/);
    const value = fc.stringMatching(/^[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (fields) => {
        const head = parse(['HTTP/1.1 200 OK', ...fields.map(([key, text]) => `${key.toUpperCase()}:\t ${text} `)]);
        expect(head.headers).toEqual(fields.flat());
      }),
    );
  });
});
