import { type Box, boxesIn } from './boxes.js';
import { damaged } from './image-layout.js';

export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Reads one number after the other; offsets of HEIF stay far below 2^53. */
class Cursor {
  private at: number;
  private readonly bytes: Buffer;
  private readonly end: number;

  constructor(bytes: Buffer, { payload, end }: Box) {
    this.bytes = bytes;
    this.at = payload;
    this.end = end;
  }

  /** Big-endian; `size` in bytes, 0 to 8. */
  read(size: number): number {
    if (this.at + size > this.end) throw damaged('an item');
    let value = 0;
    for (const byte of this.bytes.subarray(this.at, this.at + size)) value = value * 256 + byte;
    this.at += size;
    return value;
  }
}

/** Ids of the items of `iinf` that are Exif, XMP or links (ISO/IEC 14496-12, 8.11.6). */
function metadataItems(bytes: Buffer, iinf: Box): Set<number> {
  const version = bytes[iinf.payload] ?? 0;
  const ids = new Set<number>();
  for (const entry of boxesIn(bytes, iinf.payload + (version === 0 ? 6 : 8), iinf.end)) {
    const cursor = new Cursor(bytes, entry);
    const wide = cursor.read(1) === 3;
    cursor.read(3);
    const id = cursor.read(wide ? 4 : 2);
    cursor.read(2);
    if (['Exif', 'mime', 'uri '].includes(String.fromCharCode(cursor.read(1), cursor.read(1), cursor.read(1), cursor.read(1)))) ids.add(id);
  }
  return ids;
}

/** Where `iloc` says that the bytes of these items are (ISO/IEC 14496-12, 8.11.3). */
function extentsOf(bytes: Buffer, iloc: Box, idat: Box | undefined, ids: ReadonlySet<number>): Extent[] {
  const cursor = new Cursor(bytes, iloc);
  const version = cursor.read(1);
  cursor.read(3);
  const sizes = cursor.read(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version > 0 ? sizes & 15 : 0;
  const extents: Extent[] = [];
  for (let items = cursor.read(version < 2 ? 2 : 4); items > 0; items -= 1) {
    const id = cursor.read(version < 2 ? 2 : 4);
    const inIdat = version > 0 && (cursor.read(2) & 15) === 1;
    cursor.read(2);
    const base = cursor.read(baseSize) + (inIdat ? (idat?.payload ?? 0) : 0);
    for (let count = cursor.read(2); count > 0; count -= 1) {
      cursor.read(indexSize);
      const start = base + cursor.read(offsetSize);
      const length = cursor.read(lengthSize);
      // 0: up to the end of what holds it.
      const end = length === 0 ? (inIdat ? (idat?.end ?? 0) : bytes.length) : start + length;
      if (end > bytes.length) throw damaged('an item');
      if (ids.has(id)) extents.push({ start, end });
    }
  }
  return extents;
}

/** The bytes of the metadata that the box `meta` describes. @throws ImageRefusal */
export function metadataExtents(bytes: Buffer, meta: Box): Extent[] {
  const children = boxesIn(bytes, meta.payload + 4, meta.end);
  const child = (type: string): Box | undefined => children.find((box) => box.type === type);
  const [iinf, iloc] = [child('iinf'), child('iloc')];
  return iinf && iloc ? extentsOf(bytes, iloc, child('idat'), metadataItems(bytes, iinf)) : [];
}
