import { describe, expect, it } from 'vitest';
import { md5OfAttributes, md5OfText } from './md5-of-attributes.js';

describe('the digest of message attributes', () => {
  it('is the one that SQS gives', () => {
    const timestamp = { DataType: 'Number', StringValue: '1493147359900' };
    expect(md5OfAttributes({ timestamp })).toBe('235c5c510d26fb653d073faed50ae77c');
  });

  it('does not depend on the order of the attributes', () => {
    const a = { DataType: 'String', StringValue: 'a' };
    const b = { DataType: 'Binary.png', BinaryValue: 'AAEC' };
    expect(md5OfAttributes({ a, b })).toBe(md5OfAttributes({ b, a }));
  });

  it('tells text from bytes of the same value', () => {
    const text = md5OfAttributes({ a: { DataType: 'String', StringValue: 'x' } });
    const bytes = md5OfAttributes({ a: { DataType: 'Binary', BinaryValue: Buffer.from('x').toString('base64') } });
    expect(text).not.toBe(bytes);
  });

  it('is absent without attributes', () => {
    expect(md5OfAttributes(undefined)).toBeUndefined();
    expect(md5OfAttributes({})).toBeUndefined();
  });
});

it('the digest of a body is of its UTF-8 bytes', () => {
  expect(md5OfText('hello world')).toBe('5eb63bbbe01eeed093cb22bb8f5acdc3');
});
