import { beforeAll, describe, expect, it } from 'vitest';
import { photo, picture, pngChunk, withChunks, withSegment } from '../../test/images.js';
import { imageFormats } from './image-format.js';
import { requireKnownTrailer, requireNoMarkup } from './trailers.js';

const script = Buffer.from('<script>alert(document.domain)</script>');
const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(60, 7), Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);
const film = Buffer.concat([Buffer.from('\0\0\0\x10ftypmp42\0\0\0\0', 'latin1'), Buffer.from('\0\0\0\x0cmdat\x01\x02\x03\x04', 'latin1')]);
/** As a Samsung phone ends a photograph: blocks, their directory, its length, and `SEFT`. */
const samsung = Buffer.concat([Buffer.from('\0\0\x01\x0aImage_UTC_Data1700000000000'), Buffer.from('SEFHd\0\0\0\x01\0\0\0', 'latin1'), Buffer.from('\x0c\0\0\0SEFT', 'latin1')]);

function verdictOf(type: string, bytes: Buffer): string {
  const format = imageFormats[type];
  if (!format) throw new Error(`no format ${type}`);
  const layout = format.layout(bytes);
  try {
    requireKnownTrailer(type, bytes, layout);
    requireNoMarkup(bytes, layout);
    return 'passes';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const samples: Record<string, Buffer> = {};
beforeAll(async () => {
  samples['image/jpeg'] = await photo('jpeg');
  samples['image/png'] = await photo('png');
  samples['image/webp'] = await photo('webp');
  samples['image/gif'] = await picture().gif().toBuffer();
});
const sampleOf = (type: string): Buffer => samples[type] ?? Buffer.alloc(0);
const types = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];

describe('behind the end of an image', () => {
  it.each(types)('of type %s nothing, and zeros, are nothing', (type) => {
    expect(verdictOf(type, sampleOf(type))).toBe('passes');
    expect(verdictOf(type, Buffer.concat([sampleOf(type), Buffer.alloc(512)]))).toBe('passes');
  });

  it.each(types)('of type %s neither a program, a ZIP nor another image may stand', (type) => {
    for (const more of [script, zip, Buffer.from('x'), sampleOf('image/png')]) {
      expect(verdictOf(type, Buffer.concat([sampleOf(type), more]))).toBe('trailing_data');
    }
  });

  it('of a JPEG may stand what cameras append: previews, a film, a directory', () => {
    const jpeg = sampleOf('image/jpeg');
    for (const more of [jpeg, Buffer.concat([Buffer.alloc(30), jpeg, jpeg]), film, Buffer.concat([jpeg, film]), samsung]) {
      expect(verdictOf('image/jpeg', Buffer.concat([jpeg, more]))).toBe('passes');
    }
    expect(verdictOf('image/png', Buffer.concat([sampleOf('image/png'), film]))).toBe('trailing_data');
  });

  it('of a JPEG nothing hides in what looks like it', () => {
    const jpeg = sampleOf('image/jpeg');
    expect(verdictOf('image/jpeg', Buffer.concat([jpeg, jpeg, script]))).toBe('trailing_data');
    expect(verdictOf('image/jpeg', Buffer.concat([jpeg, film, zip]))).toBe('trailing_data');
    expect(verdictOf('image/jpeg', Buffer.concat([jpeg, Buffer.from('junkSEFT')]))).toBe('trailing_data');
    const withScript = Buffer.concat([film.subarray(0, 16), Buffer.from([0, 0, 0, 8 + script.length]), Buffer.from('mdat'), script]);
    expect(verdictOf('image/jpeg', Buffer.concat([jpeg, withScript]))).toBe('embedded_markup');
  });
});

describe('markup', () => {
  it.each(['<script>', '<SCRIPT src=x>', '<!DOCTYPE html>', '<html ', '<?php echo', '<iframe/'])('such as %s in metadata is refused', (text) => {
    expect(verdictOf('image/jpeg', withSegment(sampleOf('image/jpeg'), 0xfe, `a comment ${text}`))).toBe('embedded_markup');
    expect(verdictOf('image/png', withChunks(sampleOf('image/png'), pngChunk('tEXt', Buffer.from(`Comment\0${text}`))))).toBe('embedded_markup');
  });

  it('that is long, or far inside, is found too', () => {
    const far = Buffer.alloc((1 << 20) + 100, 0x20);
    far.write('<script>', (1 << 20) - 3);
    expect(verdictOf('image/png', withChunks(sampleOf('image/png'), pngChunk('prVt', far)))).toBe('embedded_markup');
  });

  it('is not what XMP is', () => {
    expect(verdictOf('image/webp', sampleOf('image/webp'))).toBe('passes');
  });
});
