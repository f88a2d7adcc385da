// A real PNG, drawn here: 480 × 270 pixels of a colour gradient (PNG specification, third edition).
import { crc32, deflateSync } from 'node:zlib';

const width = 480;
const height = 270;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function header() {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB, no interlace
  return chunk('IHDR', data);
}

function rows() {
  const bytes = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * (1 + width * 3) + 1 + x * 3;
      bytes.set([(x * 255) / width, (y * 255) / height, 160], at);
    }
  }
  return chunk('IDAT', deflateSync(bytes));
}

export const picture = () =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), header(), rows(), chunk('IEND', Buffer.alloc(0))]);
