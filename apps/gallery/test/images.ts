import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** Words that metadata of {@link photo} holds, none of which may leave. */
export const secrets = ['SecretCamera', 'SecretCaption', 'SecretCity', 'SecretComment'] as const;
export type Format = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif';

const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="SecretCity"/></rdf:RDF></x:xmpmeta>`;
/** 51° 30' 26" N, 0° 7' 39" W. */
const gps = { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 26/1', GPSLongitudeRef: 'W', GPSLongitude: '0/1 7/1 39/1' };

export interface PhotoOptions {
  readonly width?: number;
  readonly height?: number;
  /** As Exif numbers it. */
  readonly orientation?: number;
}

/** Red above, blue below, as stored: turning it shows. */
export function picture({ width = 400, height = 300 }: PhotoOptions = {}): Sharp {
  const half = { create: { width, height: Math.floor(height / 2), channels: 3 as const, background: '#0000ff' } };
  return sharp({ create: { width, height, channels: 3, background: '#ff0000' } }).composite([{ input: half, gravity: 'south' }]);
}

/** What a phone makes: place, camera and caption in its metadata. */
export async function photo(format: Exclude<Format, 'gif'>, options: PhotoOptions = {}): Promise<Buffer> {
  const exif = { IFD0: { Make: 'SecretCamera', ImageDescription: 'SecretCaption' }, IFD3: gps };
  const { orientation } = options;
  const image = picture(options).withExif(exif).withXmp(xmp);
  const turned = orientation === undefined ? image : image.withMetadata({ orientation });
  return (format === 'avif' ? turned.avif({ effort: 0 }) : turned.toFormat(format)).toBuffer();
}

/** A segment of a JPEG, put after its first two bytes. */
export function withSegment(jpeg: Buffer, marker: number, payload: string | Buffer): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.from([0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, bytes, jpeg.subarray(2)]);
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  return chunk;
}

/** Puts chunks before the pixels. */
export const withChunks = (png: Buffer, ...chunks: readonly Buffer[]): Buffer => Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);

/** A PNG of one colour that is a few kilobytes as a file, whatever its size in pixels. */
export function pixelBomb(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // One bit a pixel, grey.
  header.writeUInt8(1, 8);
  const pixels = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * rows), { level: 9 });
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', pixels), pngChunk('IEND', Buffer.alloc(0))]);
}

/** A GIF with that many frames of one pixel. */
export function manyFrames(frames: number): Buffer {
  const head = Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0', 'latin1');
  const frame = Buffer.from('!\xf9\x04\0\x01\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0', 'latin1');
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

/** A progressive JPEG whose last pass over the pixels comes again and again. */
export async function manyScans(side: number, scans: number): Promise<Buffer> {
  const jpeg = await picture({ width: side, height: side }).jpeg({ progressive: true }).toBuffer();
  const last = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = jpeg.subarray(last, -2);
  return Buffer.concat([jpeg.subarray(0, -2), ...Array.from({ length: scans }, () => scan), jpeg.subarray(-2)]);
}
