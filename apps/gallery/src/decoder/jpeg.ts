import { orientationTiff } from './exif-orientation.js';
import { damaged, type ImageLayout, joinKept, type Part } from './image-layout.js';

// Markers of ITU-T T.81, table B.1.
const soi = 0xd8;
const eoi = 0xd9;
const sos = 0xda;
const app0 = 0xe0;
const app2 = 0xe2;
const app14 = 0xee;
const app15 = 0xef;
const comment = 0xfe;
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;
const standsAlone = (marker: number): boolean => isRestart(marker) || marker === 0x01;

/** What decoding needs: JFIF's density, the colour profile, Adobe's colour transform; every other APPn and comments are metadata. */
function isKept(bytes: Buffer, marker: number, payload: number): boolean {
  if (marker === comment) return false;
  if (marker < app0 || marker > app15) return true;
  const begins = (name: string): boolean => bytes.subarray(payload, payload + name.length).equals(Buffer.from(name, 'latin1'));
  if (marker === app0) return begins('JFIF\0');
  if (marker === app2) return begins('ICC_PROFILE\0');
  return marker === app14 && begins('Adobe');
}

/** The first marker in entropy-coded data: 0xFF there is followed by 0x00 or a restart marker. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const marker = at === -1 ? undefined : bytes[at + 1];
    if (marker === undefined) throw damaged('a JPEG without its end');
    if (marker !== 0x00 && marker !== 0xff && !isRestart(marker)) return at;
    at += marker === 0xff ? 1 : 2;
  }
}

/**
 * One JPEG (ITU-T T.81, annex B) that begins at `from`. A file may hold more of them: see `trailers.ts`.
 *
 * @throws ImageRefusal
 */
export function jpegLayout(bytes: Buffer, from = 0): ImageLayout {
  if (bytes[from] !== 0xff || bytes[from + 1] !== soi) throw damaged('no JPEG');
  const parts: Part[] = [{ start: from, end: from + 2, kept: true }];
  let at = from + 2;
  let scans = 0;
  for (;;) {
    const start = at;
    if (bytes[at] !== 0xff) throw damaged('a JPEG segment');
    // Fill bytes may stand before a marker.
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    if (marker === undefined) throw damaged('a JPEG without its end');
    at += 1;
    if (marker === eoi) {
      parts.push({ start, end: at, kept: true });
      return { parts, end: at, frames: 1, scans };
    }
    if (!standsAlone(marker)) {
      if (at + 2 > bytes.length) throw damaged('a JPEG segment');
      const payload = at + 2;
      at += bytes.readUInt16BE(at);
      if (at < payload || at > bytes.length) throw damaged('a JPEG segment');
      if (marker === sos) {
        scans += 1;
        at = endOfScan(bytes, at);
      }
      parts.push({ start, end: at, kept: isKept(bytes, marker, payload) });
    } else parts.push({ start, end: at, kept: true });
  }
}

/** The same pixels, bit by bit, with nothing beside them but how they are turned; what follows the image is left out. */
export function stripJpeg(bytes: Buffer, layout: ImageLayout, orientation: number): Buffer {
  const tiff = orientationTiff(orientation);
  if (tiff.length === 0) return joinKept(bytes, layout, tiff);
  const head = Buffer.from('\xff\xe1\0\0Exif\0\0', 'latin1');
  head.writeUInt16BE(head.length - 2 + tiff.length, 2);
  return joinKept(bytes, layout, Buffer.concat([head, tiff]));
}
