import { describe, expect, it } from 'vitest';
import { detectContentType } from './detect-content-type.js';
import { contentMismatch, scanFinding, typeMismatch, typeNotAllowed } from './verdict.js';

const declared = { contentType: 'image/png', size: 3, sha256: 'ff'.repeat(32) };
const sha256 = Buffer.from(declared.sha256, 'hex').toString('base64');
const text = (content: string) => new TextEncoder().encode(content);

describe('the verdict on an upload', () => {
  it('has nothing against bytes that are as declared', () => {
    expect(contentMismatch(declared, { size: 3, sha256 })).toBeUndefined();
    expect(typeMismatch(declared, 'image/png')).toBeUndefined();
  });

  it('names another size, another checksum, or none at all', () => {
    expect(contentMismatch(declared, { size: 4, sha256 })).toMatch(/^size_mismatch: .*4 bytes, 3/);
    expect(contentMismatch(declared, { size: 3, sha256: 'AAAA' })).toMatch(/^checksum_mismatch: /);
    expect(contentMismatch(declared, { size: 3, sha256: undefined })).toMatch(/^checksum_mismatch: /);
  });

  it('names another type, or that there is none', () => {
    expect(typeMismatch(declared, 'image/gif')).toMatch(/^type_mismatch: .*is image\/gif/);
    expect(typeMismatch(declared, undefined)).toMatch(/^type_mismatch: .*not of a known type/);
  });

  it('names a type that the organization takes no more', () => {
    expect(typeNotAllowed(declared, ['image/gif', 'image/png'])).toBeUndefined();
    expect(typeNotAllowed(declared, ['image/gif'])).toMatch(/^type_not_allowed: .*image\/png/);
  });

  it('names what the scanner found, or why it did not look', () => {
    expect(scanFinding({ kind: 'clean' })).toBeUndefined();
    expect(scanFinding({ kind: 'infected', name: 'Eicar' })).toMatch(/^infected: .*Eicar/);
    expect(scanFinding({ kind: 'refused', reason: 'it is too large' })).toMatch(/^unscannable: .*it is too large/);
  });

  it.each(['<!doctype html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg"/>', '#!/bin/sh\n', ''])(
    'finds no allowed type in %j',
    async (content) => {
      expect(typeMismatch(declared, await detectContentType(text(content)))).toMatch(/^type_mismatch/);
    },
  );
});
