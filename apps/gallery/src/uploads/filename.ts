import { invalidField } from '@atrium/platform/errors';

/** UTF-8 bytes. */
const maxBytes = 255;
/** Control characters, and surrogates without their other half. */
const unprintable = /[\p{Cc}\p{Cs}]/u;
/** Characters that reorder what surrounds them, so that `exe.png` may read as something else (UAX #9). */
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The name to keep of what a client calls its file: the last path segment in NFC, without characters that turn the
 * reading direction. It is shown to people and never part of a key.
 *
 * @throws DomainError VALIDATION_ERROR for control characters, lone surrogates, and names of which nothing is left
 */
export function normalizeFilename(given: string): string {
  if (unprintable.test(given)) throw invalidField('filename', 'must not contain control characters');
  const segment = given.split(/[/\\]/).at(-1) ?? '';
  const name = segment.normalize('NFC').replaceAll(bidiControls, '').trim();
  if (name === '' || name === '.' || name === '..') throw invalidField('filename', 'must name a file');
  // Normalisation may lengthen a name.
  if (Buffer.byteLength(name) > maxBytes) throw invalidField('filename', `must be at most ${maxBytes} bytes`);
  return name;
}
