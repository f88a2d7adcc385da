import * as fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { photo, picture, pngChunk, secrets, withChunks, withSegment } from '../../test/images.js';
import { imageFormats } from './image-format.js';
import { ImageRefusal } from './image-layout.js';

const pixels = (bytes: Buffer): Promise<Buffer> => sharp(bytes).autoOrient().raw().toBuffer();

function strip(contentType: string, bytes: Buffer, orientation = 1): Buffer {
  const format = imageFormats[contentType];
  if (!format) throw new Error(`no format ${contentType}`);
  return format.strip(bytes, format.layout(bytes), orientation);
}

/** Each with its metadata where that format has it. */
const samples: Record<string, Buffer> = {};
beforeAll(async () => {
  const jpeg = withSegment(await photo('jpeg', { orientation: 6 }), 0xfe, 'SecretComment');
  samples['image/jpeg'] = withSegment(jpeg, 0xed, 'Photoshop 3.0\0SecretCity');
  const text = pngChunk('tEXt', Buffer.from('Comment\0SecretComment'));
  samples['image/png'] = withChunks(await photo('png', { orientation: 6 }), text, pngChunk('prVt', Buffer.from('SecretCity')));
  samples['image/webp'] = await photo('webp', { orientation: 6 });
  samples['image/avif'] = await photo('avif');
  const gif = await picture().gif().toBuffer();
  const comment = Buffer.from('!\xfe\x0dSecretComment\0!\xff\x0bXMP DataXMP\x0aSecretCity\0', 'latin1');
  const afterHead = 13 + 3 * 2 ** (((gif[10] ?? 0) & 7) + 1);
  samples['image/gif'] = Buffer.concat([gif.subarray(0, afterHead), comment, gif.subarray(afterHead)]);
});
const sampleOf = (contentType: string): Buffer => samples[contentType] ?? Buffer.alloc(0);
const types = Object.keys(imageFormats);

describe('an image without its metadata', () => {
  it.each(types)('of type %s holds no byte of it, and the same pixels, turned the same way', async (type) => {
    const original = sampleOf(type);
    expect(secrets.some((secret) => original.includes(secret))).toBe(true);
    const orientation = (await sharp(original).metadata()).orientation ?? 1;
    const stripped = strip(type, original, orientation);
    for (const secret of secrets) expect(stripped.includes(secret)).toBe(false);
    expect((await sharp(stripped).metadata()).autoOrient).toEqual((await sharp(original).metadata()).autoOrient);
    expect((await pixels(stripped)).equals(await pixels(original))).toBe(true);
  });

  it.each(['image/jpeg', 'image/png', 'image/webp'])('of type %s says of itself how it is turned, and nothing else', async (type) => {
    const { exif, xmp, iptc, orientation, comments } = await sharp(strip(type, sampleOf(type), 6)).metadata();
    expect({ orientation, xmp, iptc, comments }).toEqual({ orientation: 6, xmp: undefined, iptc: undefined, comments: undefined });
    expect(exif?.length).toBeLessThan(40);
    expect((await sharp(strip(type, sampleOf(type), 1)).metadata()).exif).toBeUndefined();
  });

  it.each(types)('of type %s is the same when it is taken away again', (type) => {
    const once = strip(type, sampleOf(type), 6);
    expect(strip(type, once, 6).equals(once)).toBe(true);
  });

  it('leaves out what a camera put behind a JPEG', async () => {
    const jpeg = sampleOf('image/jpeg');
    expect(strip('image/jpeg', Buffer.concat([jpeg, jpeg])).equals(strip('image/jpeg', jpeg))).toBe(true);
  });
});

describe('the layout of an image', () => {
  it.each(types)('of type %s covers every byte, once', (type) => {
    const format = imageFormats[type];
    const bytes = sampleOf(type);
    let at = 0;
    for (const { start, end } of format?.layout(bytes).parts ?? []) {
      expect(start).toBe(at);
      expect(end).toBeGreaterThan(start);
      at = end;
    }
    expect(at).toBe(bytes.length);
  });

  it.each(types)('of type %s is found or refused, whatever is done to the file', (type) => {
    const format = imageFormats[type];
    const bytes = sampleOf(type);
    const damage = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255), cut: fc.integer({ min: 0, max: bytes.length }) });
    fc.assert(
      fc.property(damage, ({ at, byte, cut }) => {
        const broken = Buffer.from(bytes.subarray(0, cut));
        if (at < cut) broken[at] = byte;
        try {
          const layout = format?.layout(broken);
          expect(layout?.end).toBeLessThanOrEqual(broken.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageRefusal);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(types)('of type %s is refused where the file is cut off', (type) => {
    const bytes = sampleOf(type);
    for (const share of [0, 0.1, 0.5, 0.9]) {
      expect(() => imageFormats[type]?.layout(bytes.subarray(0, Math.floor(bytes.length * share)))).toThrow(ImageRefusal);
    }
  });
});
