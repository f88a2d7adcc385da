import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from './aws-chunked.js';

async function decode(pieces: Buffer[]): Promise<{ content: string; trailers: Record<string, string> }> {
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  async function* source(): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield* pieces;
  }
  for await (const chunk of decodeAwsChunked(source(), trailers)) chunks.push(chunk);
  return { content: Buffer.concat(chunks).toString(), trailers: Object.fromEntries(trailers) };
}

const frame = (chunks: string[]): string => {
  const framed = chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)};chunk-signature=x\r\n${chunk}\r\n`);
  return `${framed.join('')}0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
};

describe('aws-chunked', () => {
  it('is taken off whatever the network splits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 20 }), async (chunks, pieceSize) => {
        const framed = Buffer.from(frame(chunks));
        const pieces = Array.from({ length: Math.ceil(framed.length / pieceSize) }, (_, i) =>
          framed.subarray(i * pieceSize, (i + 1) * pieceSize),
        );
        expect(await decode(pieces)).toEqual({ content: chunks.join(''), trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' } });
      }),
    );
  });

  it.each(['', '5\r\nab', '2\r\nabc\r\n0\r\n\r\n', 'zz\r\n', '2\r\nab\r\n', '0\r\n\r\nmore', '-1\r\n'])(
    'is refused when broken: %j',
    async (text) => {
      await expect(decode([Buffer.from(text)])).rejects.toMatchObject({ code: 'IncompleteBody' });
    },
  );
});
