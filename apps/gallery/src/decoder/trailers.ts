import { boxesIn } from './boxes.js';
import { ImageRefusal, type ImageLayout } from './image-layout.js';
import { jpegLayout } from './jpeg.js';

/** Whether the rest is boxes of a film, as phones append to a photograph that moves. */
function isFilm(bytes: Buffer, from: number): boolean {
  if (bytes.toString('latin1', from + 4, from + 8) !== 'ftyp') return false;
  try {
    return boxesIn(bytes, from, bytes.length).every(({ type }) => /^[\w ]{4}$/.test(type));
  } catch {
    return false;
  }
}

/** Whether the rest ends as Samsung's phones end a photograph: a directory `SEFH`, its length, and `SEFT`. */
function isSamsungs(bytes: Buffer, from: number): boolean {
  const end = bytes.length - 8;
  if (end < from || bytes.toString('latin1', end + 4) !== 'SEFT') return false;
  const directory = end - bytes.readUInt32LE(end);
  return directory >= from && bytes.toString('latin1', directory, directory + 4) === 'SEFH';
}

function afterZeros(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0) at += 1;
  return at;
}

/** First byte after further JPEGs (MPF, CIPA DC-007: previews, gain maps), with zeros between them. */
function afterMoreJpegs(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const next = afterZeros(bytes, at);
    if (next + 2 > bytes.length || bytes.readUInt16BE(next) !== 0xffd8) return at;
    at = jpegLayout(bytes, next).end;
  }
}

/**
 * Nothing may follow an image: what does could be read as another kind of file. Cameras append to a JPEG, though, and
 * what they do is known by its form. Zeros are nothing.
 *
 * @throws ImageRefusal
 */
export function requireKnownTrailer(contentType: string, bytes: Buffer, { end }: ImageLayout): void {
  const isJpeg = contentType === 'image/jpeg';
  const rest = isJpeg ? afterMoreJpegs(bytes, end) : end;
  if (afterZeros(bytes, rest) >= bytes.length) return;
  if (isJpeg && (isFilm(bytes, rest) || isSamsungs(bytes, end))) return;
  throw new ImageRefusal('trailing_data', `The image ends at byte ${end}, and ${bytes.length - end} more follow.`);
}

/** What makes a browser or a server take a text for a page or a program; long enough not to come up in a film by chance. */
const markup = /<(?:script|html|iframe|!doctype|\?php)[\s>/]/i;
/** A marker may lie across two pieces. */
const [piece, overlap] = [1 << 20, 16];

/**
 * Markup has no place in metadata nor behind the image. Not looked for in the pixels' own data, where the same bytes
 * may come up by chance.
 *
 * @throws ImageRefusal
 */
export function requireNoMarkup(bytes: Buffer, { parts, end }: ImageLayout): void {
  const foreign = [...parts.filter(({ kept }) => !kept), { start: end, end: bytes.length }];
  for (const part of foreign) {
    for (let at = part.start; at < part.end; at += piece) {
      if (!markup.test(bytes.toString('latin1', at, Math.min(at + piece + overlap, part.end)))) continue;
      throw new ImageRefusal('embedded_markup', 'The image carries HTML or a program in its metadata or behind its end.');
    }
  }
}
