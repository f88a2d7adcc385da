import { damaged } from './image-layout.js';

/** A box of ISO/IEC 14496-12, 4.2. */
export interface Box {
  readonly type: string;
  /** First byte of the header. */
  readonly start: number;
  /** First byte after the header. */
  readonly payload: number;
  readonly end: number;
}

/** The boxes from `from` up to `to`, which they must fill. @throws ImageRefusal */
export function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  let at = from;
  while (at < to) {
    if (at + 8 > to) throw damaged('a box');
    const short = bytes.readUInt32BE(at);
    // 1: the size follows in 64 bits; 0: up to the end.
    const header = short === 1 ? 16 : 8;
    if (at + header > to) throw damaged('a box');
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? to - at : short;
    if (size < header || at + size > to) throw damaged('a box');
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, payload: at + header, end: at + size });
    at += size;
  }
  return boxes;
}
