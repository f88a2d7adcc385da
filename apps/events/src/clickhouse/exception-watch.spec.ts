import fc from 'fast-check';
import { expect, it } from 'vitest';
import { untilException } from './exception-watch.js';

async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of [...sizes, text.length]) {
    if (at < text.length) yield Buffer.from(text.slice(at, at + size));
    at += size;
  }
}
async function readAll(body: AsyncIterable<Uint8Array>): Promise<{ text: string; error: unknown }> {
  let text = '';
  try {
    for await (const piece of body) text += Buffer.from(piece).toString();
    return { text, error: undefined };
  } catch (error) {
    return { text, error };
  }
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 });

it('an answer passes whole, however it is cut, also with the words of an exception but another tag', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary-ascii', maxLength: 200 }), sizes, async (rows, cuts) => {
    const text = `${rows}\r\n__exception__\r\nothertag\r\nCode: 1. DB::Exception`;
    expect(await readAll(untilException(cut(text, cuts), 'mytag'))).toEqual({ text, error: undefined });
  }));
});

it('an answer that fails in its midst ends before the exception, and throws it', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary-ascii', maxLength: 200 }), sizes, async (rows, cuts) => {
    const text = `${rows}\r\n__exception__\r\nmytag\r\nCode: 159. DB::Exception: /secret`;
    const read = await readAll(untilException(cut(text, cuts), 'mytag'));
    expect(read.error).toMatchObject({ name: 'ClickHouseError' });
    expect(`${rows}\r\n`.startsWith(read.text)).toBe(true);
  }));
});
