import { damaged, type ImageLayout, joinKept, type Part } from './image-layout.js';

const extension = 0x21;
const image = 0x2c;
const trailer = 0x3b;
const graphicControl = 0xf9;
const application = 0xff;
/** Loops and the colour profile; other applications' blocks, comments and plain text are metadata. */
const keptApplications = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']);

/** Bytes of a colour table by the packed field that announces it (GIF89a, 18 and 20). */
const colourTable = (packed: number): number => (packed & 0x80 ? 3 * 2 ** ((packed & 0x07) + 1) : 0);

function skipSubBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw damaged('a GIF without its end');
    at += 1 + size;
    if (size === 0) return at;
  }
}

function isKeptExtension(bytes: Buffer, at: number): boolean {
  if (bytes[at + 1] === graphicControl) return true;
  return bytes[at + 1] === application && keptApplications.has(bytes.toString('latin1', at + 3, at + 14));
}

/** A GIF (GIF89a specification); one may end without its trailer, as old programs wrote them. @throws ImageRefusal */
export function gifLayout(bytes: Buffer): ImageLayout {
  const packed = bytes[10];
  if (packed === undefined || !/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) throw damaged('no GIF');
  let at = 13 + colourTable(packed);
  const parts: Part[] = [{ start: 0, end: at, kept: true }];
  let frames = 0;
  while (at < bytes.length && bytes[at] !== trailer) {
    const start = at;
    if (bytes[at] === extension) {
      at = skipSubBlocks(bytes, at + 2);
      parts.push({ start, end: at, kept: isKeptExtension(bytes, start) });
    } else if (bytes[at] === image) {
      // The byte after the colour table is LZW's code size.
      at = skipSubBlocks(bytes, at + 10 + colourTable(bytes[at + 9] ?? 0) + 1);
      frames += 1;
      parts.push({ start, end: at, kept: true });
    } else throw damaged('a GIF block');
  }
  if (at > bytes.length || frames === 0) throw damaged('a GIF without its end');
  const end = Math.min(at + 1, bytes.length);
  parts.push({ start: at, end, kept: true });
  return { parts, end, frames, scans: 1 };
}

/** As `stripJpeg`; a GIF knows no orientation. */
export const stripGif = (bytes: Buffer, layout: ImageLayout): Buffer => joinKept(bytes, layout, Buffer.alloc(0));
