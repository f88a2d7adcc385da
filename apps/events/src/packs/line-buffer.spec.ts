import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineBuffer } from './line-buffer.js';

const lines = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.nat(200_000).map((length) => 'é'.repeat(length))), { maxLength: 20 });

it('holds the UTF-8 bytes of its lines, beside others and after others gave their memory back', () => {
  fc.assert(
    fc.property(lines, lines, (some, more) => {
      const [first, second] = [new LineBuffer(), new LineBuffer()];
      some.forEach((line) => first.append(line));
      more.forEach((line) => second.append(line));
      some.forEach((line) => first.append(line));
      const whole = (buffer: LineBuffer) => buffer.slice(0, buffer.size).toString();
      expect(whole(first)).toBe(Buffer.from([...some, ...some].join('')).toString());
      first.release();
      const third = new LineBuffer();
      some.forEach((line) => third.append(line));
      expect(whole(second)).toBe(Buffer.from(more.join('')).toString());
      expect(whole(third)).toBe(Buffer.from(some.join('')).toString());
      second.release();
      third.release();
    }),
    { numRuns: 60 },
  );
});
