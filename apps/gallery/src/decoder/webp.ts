import { orientationTiff } from './exif-orientation.js';
import { damaged, type ImageLayout, joinKept, type Part } from './image-layout.js';

const riffHeader = 12;
const kept = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
/** Bits of VP8X's first byte (RFC 9649, 2.7). */
const hasExif = 0x08;
const hasXmp = 0x04;

/** @throws ImageRefusal */
export function webpLayout(bytes: Buffer): ImageLayout {
  const isWebp = bytes.length > riffHeader && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  if (!isWebp) throw damaged('no WebP');
  const size = bytes.readUInt32LE(4);
  const end = 8 + size + (size % 2);
  if (end > bytes.length || end < riffHeader) throw damaged('a WebP without its end');
  const parts: Part[] = [{ start: 0, end: riffHeader, kept: true }];
  let at = riffHeader;
  let frames = 0;
  while (at < end) {
    if (at + 8 > end) throw damaged('a WebP chunk');
    const length = bytes.readUInt32LE(at + 4);
    const next = at + 8 + length + (length % 2);
    if (next > end) throw damaged('a WebP chunk');
    const type = bytes.toString('latin1', at, at + 4);
    if (type === 'ANMF') frames += 1;
    parts.push({ start: at, end: next, kept: kept.has(type) });
    at = next;
  }
  return { parts, end, frames: Math.max(frames, 1), scans: 1 };
}

/** As `stripJpeg`. Metadata comes last in a WebP, and its flags stand in the chunk VP8X. */
export function stripWebp(bytes: Buffer, layout: ImageLayout, orientation: number): Buffer {
  const tiff = orientationTiff(orientation);
  const exif = Buffer.alloc(tiff.length === 0 ? 0 : 8);
  if (exif.length > 0) {
    exif.write('EXIF', 'latin1');
    exif.writeUInt32LE(tiff.length, 4);
  }
  const stripped = Buffer.concat([joinKept(bytes, layout, Buffer.alloc(0)), exif, tiff]);
  stripped.writeUInt32LE(stripped.length - 8, 4);
  if (stripped.toString('latin1', riffHeader, riffHeader + 4) === 'VP8X') {
    const flags = stripped.readUInt8(riffHeader + 8) & ~(hasExif | hasXmp);
    stripped.writeUInt8(exif.length > 0 ? flags | hasExif : flags, riffHeader + 8);
  }
  return stripped;
}
