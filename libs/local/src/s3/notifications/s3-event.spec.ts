import { expect, it } from 'vitest';
import { encodeEventKey } from './s3-event.js';

// S3 user guide, "Event message structure": keys are URL-encoded, a space is a plus sign.
it.each([
  ['happy face.jpg', 'happy+face.jpg'],
  ['a/b c/d.png', 'a/b+c/d.png'],
  ['1+1=2%', '1%2B1%3D2%25'],
  ['ü', '%C3%BC'],
])('writes the key %s as %s', (key, encoded) => {
  expect(encodeEventKey(key)).toBe(encoded);
});
