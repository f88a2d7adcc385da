import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedAnswerError } from './answer-head.js';
import { ChunkedBody } from './chunked-body.js';

/** What a body gives when its bytes come in pieces of so many bytes. */
function read(bytes: Buffer, pieceLength = bytes.length): { data: string; used: number; done: boolean } {
  const body = new ChunkedBody();
  const pieces: Buffer[] = [];
  let used = 0;
  for (let at = 0; at < bytes.length && !body.done; at += pieceLength) {
    used += body.read(bytes.subarray(at, at + pieceLength), (piece) => pieces.push(Buffer.from(piece)));
  }
  return { data: Buffer.concat(pieces).toString('latin1'), used, done: body.done };
}

describe('a chunked body', () => {
  it('is the same however its bytes come, and ends where it ends', () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), fc.integer({ min: 1, max: 400 }), fc.boolean(), (chunks, pieceLength, trailer) => {
        const sent = Buffer.concat([
          ...chunks.flatMap((bytes) => [Buffer.from(`${bytes.length.toString(16)};ext="1"\r\n`), bytes, Buffer.from('\r\n')]),
          Buffer.from(trailer ? '0\r\nx-trailer: 1\r\n\r\n' : '0\r\n\r\n'),
        ]);
        const expected = { data: Buffer.concat(chunks).toString('latin1'), used: sent.length, done: true };
        expect(read(sent, pieceLength)).toEqual(expected);
        expect(read(Buffer.concat([sent, Buffer.from('HTTP/1.1 200 OK')]))).toEqual(expected);
      }),
    );
  });

  it('that is cut off is not done', () => {
    expect(read(Buffer.from('5\r\nhel'))).toMatchObject({ data: 'hel', done: false });
    expect(read(Buffer.from('5\r\nhello\r\n0\r\n'))).toMatchObject({ done: false });
  });

  it.each(['x\r\n', '-1\r\n', '\r\n', '5\nhello', '5\r\nhello!\r\n', '5\r\nhello\n', '123456789\r\n', '0x5\r\nhello\r\n', `5;${'e'.repeat(5000)}`])(
    'is refused where it is %j',
    (text) => {
      expect(() => read(Buffer.from(text))).toThrow(MalformedAnswerError);
    },
  );

  it('with endless trailers is refused', () => {
    expect(() => read(Buffer.from(`0\r\n${'x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(1000)}`))).toThrow(MalformedAnswerError);
  });
});
