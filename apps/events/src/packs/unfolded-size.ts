const magicNumber = 0xfd2fb528;

/**
 * Bytes that a zstd frame unfolds to, as its header says (RFC 8878, section 3.1.1.1), without unfolding it; undefined
 * where it doesn't say.
 */
export function unfoldedSize(frame: Buffer): number | undefined {
  if (frame.length < 6 || frame.readUInt32LE(0) !== magicNumber) return undefined;
  const descriptor = frame.readUInt8(4);
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  const at = 5 + windowBytes + dictionaryBytes;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (sizeBytes === 0 || frame.length < at + sizeBytes) return undefined;
  if (sizeBytes === 8) return Number(frame.readBigUInt64LE(at));
  return frame.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}
