import { parse } from 'content-disposition';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeFilename } from '../uploads/filename.js';
import { contentDispositionOf } from './content-disposition.js';

describe('the disposition of a download', () => {
  it('shows raster images inline when asked, and nothing else ever', () => {
    expect(contentDispositionOf('a.png', 'image/png', 'inline')).toMatch(/^inline;/);
    expect(contentDispositionOf('a.png', 'image/png', 'attachment')).toMatch(/^attachment;/);
    expect(contentDispositionOf('a.pdf', 'application/pdf', 'inline')).toMatch(/^attachment;/);
  });

  it('carries names beyond ASCII', () => {
    const header = contentDispositionOf('dot é 日本.png', 'image/png', 'attachment');
    expect(header).toContain("filename*=UTF-8''dot%20%C3%A9%20%E6%97%A5%E6%9C%AC.png");
  });

  it('is one safe header for every name that an upload may have, and gives the name back', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => {
      try {
        return normalizeFilename(text) === text;
      } catch {
        return false;
      }
    });
    fc.assert(
      fc.property(name, (filename) => {
        const header = contentDispositionOf(filename, 'image/png', 'attachment');
        expect(header).toMatch(/^[\x20-\x7e\xa0-\xff]*$/);
        expect(parse(header).parameters['filename']).toBe(filename);
      }),
    );
  });
});
