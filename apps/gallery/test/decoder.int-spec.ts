import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecoderUnavailableError } from '../src/imaging/decoder-process.js';
import { startDecoder, type TestDecoder } from './decoder.js';
import { manyFrames, manyScans, photo, picture, pixelBomb, pngChunk, withChunks } from './images.js';

const mebibyte = 1024 ** 2;
let held: TestDecoder;
beforeAll(() => {
  held = startDecoder();
});
afterAll(() => held.stop());

const noise = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } });

describe('decoding an image', () => {
  it('tells its size as it is shown, its colour and its placeholder, and makes the copies that are not larger', async () => {
    const verdict = await held.decode('image/jpeg', await photo('jpeg', { width: 900, height: 600, orientation: 6 }));
    expect(verdict).toMatchObject({ kind: 'image', width: 600, height: 900, frames: 1, preview: { widths: [320] } });
    const blue = await sharp({ create: { width: 320, height: 100, channels: 3, background: '#1848e8' } }).png().toBuffer();
    expect(await held.decode('image/png', blue)).toMatchObject({ preview: { dominantColor: '#1848e8', widths: [320] } });
    expect(await held.decode('image/png', await sharp(blue).resize(319).png().toBuffer())).toMatchObject({ width: 319, preview: { widths: [] } });
  });

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('as %s gives copies that carry no metadata', async (format) => {
    const bytes = await photo(format, { width: 1300, height: 900 });
    const copies: Buffer[] = [];
    const look = (folder: string): void => void [320, 640, 1280].forEach((width) => copies.push(readFileSync(join(folder, `${width}.webp`))));
    expect(await held.decode(`image/${format}`, bytes, look)).toMatchObject({ kind: 'image', width: 1300, height: 900 });
    const widths = [];
    for (const copy of copies) {
      expect(copy.includes('Secret')).toBe(false);
      const { format: made, width, exif, xmp, icc } = await sharp(copy).metadata();
      expect({ made, exif, xmp, icc }).toEqual({ made: 'webp', exif: undefined, xmp: undefined, icc: undefined });
      widths.push(width);
    }
    expect(widths).toEqual([320, 640, 1280]);
  });

  it('gives the same bytes for the same image', async () => {
    const bytes = await photo('jpeg', { width: 700, height: 500 });
    const made: Buffer[] = [];
    for (let time = 0; time < 2; time += 1) await held.decode('image/jpeg', bytes, (folder) => void made.push(readFileSync(join(folder, '640.webp'))));
    expect(made[0]?.equals(made[1] ?? Buffer.alloc(0))).toBe(true);
  });

  it('counts the frames of an animation', async () => {
    const frames = await Promise.all(['#f00', '#0f0', '#00f'].map((background) => sharp({ create: { width: 40, height: 30, channels: 3, background } }).png().toBuffer()));
    for (const format of ['gif', 'webp'] as const) {
      const animation = await sharp(frames, { join: { animated: true } }).toFormat(format).toBuffer();
      expect(await held.decode(`image/${format}`, animation)).toMatchObject({ kind: 'image', width: 40, height: 30, frames: 3 });
    }
  });

  it('is worth keeping when its copies cannot be made', async () => {
    const inTheWay = (folder: string): void => mkdirSync(join(folder, '320.webp'));
    const verdict = await held.decode('image/jpeg', await photo('jpeg'), undefined, inTheWay);
    expect(verdict).toMatchObject({ kind: 'image', width: 400, preview: expect.stringContaining('320.webp') });
  });

  it('keeps a very tall image in bounds', async () => {
    const tall = await picture({ width: 400, height: 16_000 }).png().toBuffer();
    const sizes: (number | undefined)[] = [];
    const look = (folder: string): void => void sizes.push(readFileSync(join(folder, '320.webp')).length);
    expect(await held.decode('image/png', tall, look)).toMatchObject({ width: 400, height: 16_000, preview: { widths: [320] } });
    expect(sizes[0]).toBeGreaterThan(0);
  });
});

describe('an image is refused', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('as %s when it is cut off anywhere', async (format) => {
    const bytes = await noise(120, 80).toFormat(format).toBuffer();
    for (const share of [0.05, 0.3, 0.6, 0.95]) {
      expect(await held.decode(`image/${format}`, bytes.subarray(0, Math.floor(bytes.length * share)))).toMatchObject({ code: 'image_damaged' });
    }
  });

  it('when its pixels are damaged, however whole the file is', async () => {
    const png = await noise(300, 200).png().toBuffer();
    const broken = Buffer.from(png);
    const middle = Math.floor(png.length / 2);
    broken.fill(0x55, middle, middle + 500);
    expect(await held.decode('image/png', broken)).toMatchObject({ kind: 'refused', code: 'image_damaged' });
  });

  it('when it is of another kind than it says', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert(1)</script></svg>');
    for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']) {
      expect(await held.decode(type, svg)).toMatchObject({ kind: 'refused', code: 'image_damaged' });
      if (type !== 'image/jpeg') expect(await held.decode(type, await photo('jpeg'))).toMatchObject({ code: 'image_damaged' });
    }
  });

  it('when it is a bomb, with memory as flat as before', async () => {
    await held.decode('image/png', await photo('png'));
    const before = held.peak();
    const pid = held.decoder.pids[0];
    expect(await held.decode('image/png', pixelBomb(50_000, 50_000, 1))).toMatchObject({ code: 'too_many_pixels' });
    expect(await held.decode('image/png', pixelBomb(7_071, 7_072, 1))).toMatchObject({ code: 'too_many_pixels' });
    expect(await held.decode('image/gif', manyFrames(100_000))).toMatchObject({ code: 'too_many_frames' });
    expect(await held.decode('image/jpeg', await manyScans(200, 5_000))).toMatchObject({ code: 'too_complex' });
    const zeros = pngChunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), await bomb(200 * mebibyte)]));
    const inflating = await held.decode('image/png', withChunks(await picture().png().toBuffer(), zeros, zeros, zeros));
    expect(['image', 'refused']).toContain(inflating.kind);
    expect(held.decoder.pids[0]).toBe(pid);
    expect(held.peak() - before).toBeLessThan(60 * mebibyte);
  });

  it('when it unfolds to more than its pixels are, or is as large as allowed, within the memory that it has', async () => {
    const decoder = startDecoder({ maxMemory: 200 * mebibyte });
    try {
      // All of it, a hundredfold.
      const rows = 20_000;
      await decoder.decode('image/png', pixelBomb(2_000, 200, rows));
      expect(decoder.peak()).toBeLessThan(200 * mebibyte);
      expect(await decoder.decode('image/png', pixelBomb(7_000, 7_000))).toMatchObject({ kind: 'image', width: 7_000 });
      expect(decoder.peak()).toBeLessThan(200 * mebibyte);
    } finally {
      await decoder.stop();
    }
  });

  it('when decoding takes more memory than it may', async () => {
    const decoder = startDecoder({ maxMemory: 150 * mebibyte });
    try {
      const lossless = await picture({ width: 5_000, height: 5_000 }).webp({ lossless: true, effort: 0 }).toBuffer();
      expect(await decoder.decode('image/webp', lossless)).toMatchObject({ kind: 'refused', code: expect.stringMatching(/^(too_complex|undecodable)$/) });
      expect(await decoder.decode('image/png', await photo('png'))).toMatchObject({ kind: 'image' });
    } finally {
      await decoder.stop();
    }
  });

  it('when decoding takes more processor time than it may', async () => {
    const decoder = startDecoder({ maxSeconds: 0.05 });
    try {
      expect(await decoder.decode('image/png', pixelBomb(7_000, 7_000))).toMatchObject({ kind: 'refused', code: 'too_complex' });
      expect(decoder.decoder.pids).toEqual([]);
    } finally {
      await decoder.stop();
    }
  });
});

/** Zeros, deflated. */
async function bomb(bytes: number): Promise<Buffer> {
  const { deflateSync } = await import('node:zlib');
  return deflateSync(Buffer.alloc(bytes), { level: 9 });
}

describe('a decoder that ends', () => {
  /** Takes a moment to decode. */
  const large = pixelBomb(7_000, 7_000);
  /** Kills every process that takes the image up, `times` at most. */
  async function killing(signal: NodeJS.Signals, times: number, work: Promise<unknown>): Promise<void> {
    const killed = new Set<number>();
    let over = false;
    void work.finally(() => (over = true)).catch(() => undefined);
    while (!over && killed.size < times) {
      for (const pid of held.decoder.pids) {
        if (killed.has(pid)) continue;
        killed.add(pid);
        process.kill(pid, signal);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('once is replaced, and the image is decoded', async () => {
    const verdict = held.decode('image/png', large);
    await killing('SIGSEGV', 1, verdict);
    expect(await verdict).toMatchObject({ kind: 'image', width: 7_000 });
  });

  it('each time at one image has that image refused, and the next one decoded', async () => {
    const verdict = held.decode('image/png', large);
    await killing('SIGSEGV', 3, verdict);
    expect(await verdict).toMatchObject({ kind: 'refused', code: 'undecodable' });
    expect(await held.decode('image/jpeg', await photo('jpeg'))).toMatchObject({ kind: 'image' });
  });

  it('because the system killed it says nothing against the image', async () => {
    const verdict = held.decode('image/png', large);
    const outcome = verdict.catch((error: unknown) => error);
    await killing('SIGKILL', 1, verdict);
    expect(await outcome).toBeInstanceOf(DecoderUnavailableError);
    expect(await held.decode('image/jpeg', await photo('jpeg'))).toMatchObject({ kind: 'image' });
  });
});

describe('the process that decodes', () => {
  it('has neither the environment of the worker nor, where the system allows it, a network', async () => {
    process.env['A_SECRET'] = 'of the worker';
    await held.decode('image/jpeg', await photo('jpeg'));
    const [pid] = held.decoder.pids;
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    expect(environment).not.toMatch(/A_SECRET|AWS_|DATABASE|npm_/);
    const interfaces = readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n').slice(2).filter(Boolean);
    expect(interfaces.map((line) => line.split(':')[0]?.trim())).toEqual(['lo']);
  });

  it('is one for many images, and as many as are configured work at once', async () => {
    const decoder = startDecoder({}, 2);
    try {
      const bytes = await photo('jpeg');
      await Promise.all(Array.from({ length: 8 }, () => decoder.decode('image/jpeg', bytes)));
      const pids = decoder.decoder.pids;
      expect(pids).toHaveLength(2);
      await Promise.all(Array.from({ length: 8 }, () => decoder.decode('image/jpeg', bytes)));
      expect(decoder.decoder.pids).toEqual(pids);
    } finally {
      await decoder.stop();
    }
  });
});
