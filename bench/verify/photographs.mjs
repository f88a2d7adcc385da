import sharp from 'sharp';

export const width = 4_000;
export const height = 3_000;

/** A JPEG of 12 megapixels with some grain, some MB as a camera's. */
async function grain() {
  const noise = { type: 'gaussian', mean: 128, sigma: 12 };
  return sharp({ create: { width, height, channels: 3, background: '#000', noise } }).jpeg({ quality: 88 }).toBuffer();
}

/** As many, the same in their pixels, each with a comment of its own, so that none is another one. */
export async function photographs(count) {
  const jpeg = await grain();
  return Array.from({ length: count }, (_, index) => {
    const text = Buffer.from(`photograph ${index} of ${Date.now()}`);
    const segment = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
    return Buffer.concat([jpeg.subarray(0, 2), segment, text, jpeg.subarray(2)]);
  });
}
