import { describe, expect, it } from 'vitest';
import { normalizeFilename } from './filename.js';

describe('a file name', () => {
  it('keeps its last segment alone', () => {
    expect(normalizeFilename('../../etc/passwd')).toBe('passwd');
    expect(normalizeFilename('C:\\photos\\cat.png')).toBe('cat.png');
  });

  it('is brought to NFC', () => {
    expect(normalizeFilename('e\u0301.png')).toBe('\u00e9.png');
  });

  it('loses characters that turn the reading direction', () => {
    expect(normalizeFilename('invoice\u202egnp.exe')).toBe('invoicegnp.exe');
  });

  it.each(['a\u0000.png', 'a\r\nb.png', '\u0085', 'a\ud800', '', '..', '.', '   ', 'dir/', '\u202e'])(
    'is refused when it is %j',
    (name) => {
      expect(() => normalizeFilename(name)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    },
  );

  it('is measured after normalisation, which may lengthen it', () => {
    const grows = '\u0958'.repeat(80);
    expect(Buffer.byteLength(grows)).toBeLessThan(255);
    expect(() => normalizeFilename(grows)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
  });
});
