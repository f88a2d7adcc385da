import { crc32 } from 'node:zlib';
import { orientationTiff } from './exif-orientation.js';
import { damaged, type ImageLayout, joinKept, type Part } from './image-layout.js';

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const chunkOverhead = 12;
/** Chunks that say how to show the pixels (PNG, third edition, 11); every other one is metadata. */
const kept = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM cICP gAMA iCCP mDCV cLLI sBIT sRGB bKGD hIST pHYs sPLT acTL fcTL fdAT'.split(' '),
);

/** @throws ImageRefusal */
export function pngLayout(bytes: Buffer): ImageLayout {
  if (!bytes.subarray(0, signature.length).equals(signature)) throw damaged('no PNG');
  const parts: Part[] = [{ start: 0, end: signature.length, kept: true }];
  let at = signature.length;
  let frames = 0;
  for (;;) {
    if (at + chunkOverhead > bytes.length) throw damaged('a PNG without its end');
    const end = at + chunkOverhead + bytes.readUInt32BE(at);
    if (end > bytes.length) throw damaged('a PNG chunk');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'fcTL') frames += 1;
    parts.push({ start: at, end, kept: kept.has(type) });
    if (type === 'IEND') return { parts, end, frames: Math.max(frames, 1), scans: 1 };
    at = end;
  }
}

/** As `stripJpeg`. */
export function stripPng(bytes: Buffer, layout: ImageLayout, orientation: number): Buffer {
  const tiff = orientationTiff(orientation);
  if (tiff.length === 0) return joinKept(bytes, layout, tiff);
  const chunk = Buffer.alloc(chunkOverhead + tiff.length);
  chunk.writeUInt32BE(tiff.length, 0);
  chunk.write('eXIf', 4, 'latin1');
  tiff.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return joinKept(bytes, layout, chunk);
}
