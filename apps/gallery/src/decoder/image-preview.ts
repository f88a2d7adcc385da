import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { type DecoderJob, derivativeName, type ImagePreview } from './decoder-job.js';

/** Decoded pixels in sRGB. */
export interface RawImage {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** ThumbHash takes no more on a side. */
const hashSide = 100;

const open = ({ data, width, height, channels }: RawImage): Sharp => sharp(data, { raw: { width, height, channels } });

const hex = (channel: number): string => channel.toString(16).padStart(2, '0');

async function placeholderOf(image: RawImage): Promise<string> {
  const small = open(image).resize({ width: hashSide, height: hashSide, fit: 'inside', withoutEnlargement: true });
  const { data, info } = await small.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}

/** The commonest colour of 4,096; what is transparent counts as white. */
async function dominantColorOf(image: RawImage): Promise<string> {
  const small = open(image).resize({ width: hashSide, height: hashSide, fit: 'inside', withoutEnlargement: true });
  const { data, info } = await small.flatten({ background: '#fff' }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { dominant } = await sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } }).stats();
  return `#${hex(dominant.r)}${hex(dominant.g)}${hex(dominant.b)}`;
}

/** Writes the webp copies, which carry no metadata: these pixels never had any. Sides of a copy are at most its width and four times that. */
export async function previewOf(image: RawImage, originalWidth: number, { folder, widths }: DecoderJob): Promise<ImagePreview> {
  const made = widths.filter((width) => originalWidth >= width);
  for (const width of made) {
    await open(image)
      .resize({ width, height: 4 * width, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 })
      .toFile(join(folder, derivativeName(width)));
  }
  return { placeholder: await placeholderOf(image), dominantColor: await dominantColorOf(image), widths: made };
}
