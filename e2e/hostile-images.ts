import { readdirSync, readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(data.length, 0);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(body), bytes.length - 4);
  return bytes;
}

const bytesARow = (width: number): number => Math.ceil(width / 8) + 1;

/** A black PNG of one bit a pixel, with a text in its metadata if one is given: small as a file, whatever its size. */
export function blackPng(width: number, height: number, comment?: string): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  // Of a bomb, a part of its rows will do.
  const rows = Math.min(height, Math.floor(50_000_000 / bytesARow(width)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(comment === undefined ? [] : [chunk('tEXt', Buffer.from(`Comment\0${comment}`))]),
    chunk('IDAT', deflateSync(Buffer.alloc(bytesARow(width) * rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A GIF of one pixel, shown so many times. */
export function flickering(frames: number): Buffer {
  const head = Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0', 'latin1');
  const frame = Buffer.from('!\xf9\x04\0\x01\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0', 'latin1');
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

const statusOf = (pid: number | string): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
};

/** Most memory, in bytes, that a process and its children each had so far, in all; 0 where the system has no /proc. */
export function peakMemory(pid: number): number {
  const names = (() => {
    try {
      return readdirSync('/proc');
    } catch {
      return [];
    }
  })();
  const family = names.filter((name) => name === String(pid) || statusOf(name).includes(`\nPPid:\t${pid}\n`));
  return family.reduce((sum, name) => sum + Number(/VmHWM:\s+(\d+) kB/.exec(statusOf(name))?.[1] ?? 0) * 1024, 0);
}
