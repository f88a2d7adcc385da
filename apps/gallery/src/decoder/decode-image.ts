import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Metadata, type SharpInput, type SharpOptions } from 'sharp';
import { type DecoderJob, type DecoderVerdict, type ImageLimits, originalName, strippedName } from './decoder-job.js';
import { imageFormats } from './image-format.js';
import { damaged, ImageRefusal, type ImageLayout } from './image-layout.js';
import { previewOf, type RawImage } from './image-preview.js';
import { requireKnownTrailer, requireNoMarkup } from './trailers.js';

/** Programs write about ten; each costs a pass over all pixels. */
const maxScans = 64;
/** An animation's pixels in all, as a multiple of what one frame may have. */
const animationShare = 10;

const optionsOf = ({ maxPixels }: ImageLimits): SharpOptions => ({
  failOn: 'error',
  sequentialRead: true,
  limitInputPixels: maxPixels,
  // Its own bound below is the same; sharp's is for each channel apart.
  limitInputChannels: 5,
});

/** @throws ImageRefusal */
function requireWithin(limits: ImageLimits, layout: ImageLayout): void {
  if (layout.frames > limits.maxFrames) {
    throw new ImageRefusal('too_many_frames', `The image has ${layout.frames} frames; ${limits.maxFrames} are allowed.`);
  }
  if (layout.scans > maxScans) throw new ImageRefusal('too_complex', `The image has ${layout.scans} scans; ${maxScans} are allowed.`);
}

/** @throws ImageRefusal */
function requirePixelsWithin({ maxPixels }: ImageLimits, { width, height }: Metadata, frames: number): void {
  if (width * height > maxPixels) {
    throw new ImageRefusal('too_many_pixels', `The image has ${width} × ${height} pixels; ${maxPixels} are allowed.`);
  }
  if (width * height * frames > maxPixels * animationShare) {
    throw new ImageRefusal('too_many_pixels', `The animation has ${frames} frames of ${width} × ${height} pixels, which is too much.`);
  }
}

/** What the decoder says of a file is the file's fault, unless memory was short. */
async function decoding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    if (/out of memory|allocat/i.test(said)) throw new ImageRefusal('too_complex', 'Decoding the image takes too much memory.', { cause });
    if (/pixel limit/i.test(said)) throw new ImageRefusal('too_many_pixels', 'The image has too many pixels.', { cause });
    throw new ImageRefusal('image_damaged', 'The image is damaged or cut off.', { cause });
  }
}

/** Decodes all of the first frame, into at most the largest width and four times that in height. */
async function decodeFirst(bytes: SharpInput, { limits, widths }: DecoderJob): Promise<RawImage> {
  const width = Math.max(...widths);
  const { data, info } = await sharp(bytes, optionsOf(limits))
    .autoOrient()
    .resize({ width, height: 4 * width, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** Every frame, thrown away: a later one may be what is broken. */
async function decodeAll(bytes: SharpInput, { limits }: DecoderJob): Promise<void> {
  const options = { ...optionsOf(limits), limitInputPixels: limits.maxPixels * animationShare, pages: -1 };
  await sharp(bytes, options).resize({ width: 8, height: 8, fit: 'fill', kernel: 'nearest' }).raw().toBuffer();
}

async function judge(job: DecoderJob): Promise<DecoderVerdict> {
  const format = imageFormats[job.contentType];
  if (!format) return { kind: 'failed', message: `there is no decoder of ${job.contentType}` };
  const bytes = await readFile(join(job.folder, originalName));
  const layout = format.layout(bytes);
  requireWithin(job.limits, layout);
  requireKnownTrailer(job.contentType, bytes, layout);
  requireNoMarkup(bytes, layout);
  const metadata = await decoding(() => sharp(bytes, { ...optionsOf(job.limits), limitInputPixels: false }).metadata());
  if (metadata.format !== format.decoder) throw damaged(`not ${job.contentType}`);
  requirePixelsWithin(job.limits, metadata, layout.frames);
  const first = await decoding(() => decodeFirst(bytes, job));
  if ((metadata.pages ?? 1) > 1) await decoding(() => decodeAll(bytes, job));
  // A disk that is full fails here, which is not the file's fault.
  if (job.strip) await writeFile(join(job.folder, strippedName), format.strip(bytes, layout, metadata.orientation ?? 1));
  const { width, height } = metadata.autoOrient;
  const preview = await previewOf(first, width, job).catch((error: unknown) => String(error));
  return { kind: 'image', width, height, frames: layout.frames, preview };
}

/** Looks at every byte of an image, and makes what is made of it. Never rejects. */
export async function decodeImage(job: DecoderJob): Promise<DecoderVerdict> {
  try {
    return await judge(job);
  } catch (error) {
    if (!(error instanceof ImageRefusal)) return { kind: 'failed', message: String(error) };
    const { code, message, cause } = error;
    return { kind: 'refused', code, message, detail: cause instanceof Error ? cause.message.slice(0, 500) : undefined };
  }
}
