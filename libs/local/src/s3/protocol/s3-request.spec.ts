import { describe, expect, it } from 'vitest';
import { readS3Request } from './s3-request.js';

const read = (url: string, rawHeaders: string[] = []) => readS3Request({ method: 'GET', url, rawHeaders });

describe('a request line', () => {
  it('names bucket and key, without normalising the key', () => {
    expect(read('/bucket/a/../b%20c+d//e')).toMatchObject({ bucket: 'bucket', key: 'a/../b c+d//e' });
    expect(read('/bucket/')).toMatchObject({ bucket: 'bucket', key: undefined });
    expect(read('/')).toMatchObject({ bucket: undefined, key: undefined });
  });

  it('has a query in which a plus sign is a space', () => {
    expect(read('/b?prefix=a+b%2Bc&uploads').query).toEqual([['prefix', 'a b+c'], ['uploads', '']]);
  });

  it.each(['/bucket/%ff', '/bucket/%', 'http://host/bucket', '/b?x=%zz'])('is refused when it can’t be decoded: %s', (url) => {
    expect(() => read(url)).toThrow(expect.objectContaining({ code: 'InvalidURI' }));
  });

  it('is refused with a key of more than 1024 bytes', () => {
    expect(() => read(`/b/${'%C3%BC'.repeat(513)}`)).toThrow(expect.objectContaining({ code: 'KeyTooLongError' }));
  });
});

it('joins repeated headers, so that none hides behind another', () => {
  expect(read('/', ['Content-Type', 'a/b', 'content-type', 'c/d']).headers.get('content-type')).toBe('a/b,c/d');
});
