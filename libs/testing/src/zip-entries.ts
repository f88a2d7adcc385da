import { crc32, inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const deflated = 8;

/**
 * Files of a ZIP archive by name, read by its directory at the end (APPNOTE 4.3): what breaks off before it, or whose
 * checksums are wrong, is no archive. No ZIP64.
 */
export function zipEntries(archive: Buffer): Map<string, string> {
  const end = archive.length - 22;
  if (end < 0 || archive.readUInt32LE(end) !== endSignature) throw new Error('There is no directory at the end of the archive.');
  const entries = new Map<string, string>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('The directory of the archive is broken.');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => archive.readUInt16LE(at + place)) as [number, number, number];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const content = contentOf(archive, at);
    if (crc32(content) !== archive.readUInt32LE(at + 16)) throw new Error(`The checksum of ${name} is wrong.`);
    entries.set(name, content.toString('utf8'));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** `at` is the place of its entry in the directory. */
function contentOf(archive: Buffer, at: number): Buffer {
  const [method, size, header] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 42)];
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const stored = archive.subarray(start, start + size);
  return method === deflated ? inflateRawSync(stored) : stored;
}
