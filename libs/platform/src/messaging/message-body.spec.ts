import fc from 'fast-check';
import { expect, it } from 'vitest';
import { serializeMessage } from './message-body.js';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const allowed = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

it('holds only characters that SQS takes, and means the same', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const body = serializeMessage(value);
      expect(body).toMatch(allowed);
      expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(serializeMessage('\uffff\u0000')).toBe('"\\uffff\\u0000"');
});
