import { type Box, boxesIn } from './boxes.js';
import { damaged, type ImageLayout, type Part } from './image-layout.js';
import { type Extent, metadataExtents } from './item-extents.js';

const fillers = new Set(['free', 'skip', 'uuid']);
const payloadOf = ({ payload, end }: Box): Extent => ({ start: payload, end });

/** What a film says about itself, in the whole and in each track. */
function filmMetadata(bytes: Buffer, { payload, end }: Box): Extent[] {
  return boxesIn(bytes, payload, end).flatMap((box) => {
    if (box.type === 'trak') return filmMetadata(bytes, box);
    return ['udta', 'meta', ...fillers].includes(box.type) ? [payloadOf(box)] : [];
  });
}

/** An AVIF (AV1 Image File Format 1.1): boxes up to the end of the file. @throws ImageRefusal */
export function avifLayout(bytes: Buffer): ImageLayout {
  const boxes = boxesIn(bytes, 0, bytes.length);
  if (boxes[0]?.type !== 'ftyp') throw damaged('no AVIF');
  const metadata = boxes.flatMap((box) => {
    if (box.type === 'meta') return metadataExtents(bytes, box);
    if (box.type === 'moov') return filmMetadata(bytes, box);
    return fillers.has(box.type) ? [payloadOf(box)] : [];
  });
  const parts: Part[] = [];
  let at = 0;
  for (const { start, end } of metadata.toSorted((a, b) => a.start - b.start)) {
    if (start > at) parts.push({ start: at, end: start, kept: true });
    if (end > at) parts.push({ start: Math.max(start, at), end, kept: false });
    at = Math.max(at, end);
  }
  if (at < bytes.length) parts.push({ start: at, end: bytes.length, kept: true });
  return { parts, end: bytes.length, frames: 1, scans: 1 };
}

/** As `stripJpeg`, but of the same length, since boxes point at bytes by number: metadata is overwritten. An AVIF is turned by a property that stays. */
export function stripAvif(bytes: Buffer, { parts }: ImageLayout): Buffer {
  const stripped = Buffer.from(bytes);
  for (const { start, end, kept } of parts) if (!kept) stripped.fill(0, start, end);
  return stripped;
}
