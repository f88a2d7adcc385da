import { avifLayout, stripAvif } from './avif.js';
import { gifLayout, stripGif } from './gif.js';
import type { ImageLayout } from './image-layout.js';
import { jpegLayout, stripJpeg } from './jpeg.js';
import { pngLayout, stripPng } from './png.js';
import { stripWebp, webpLayout } from './webp.js';

export interface ImageFormat {
  /** As the decoder calls it. */
  readonly decoder: string;
  /** @throws ImageRefusal */
  readonly layout: (bytes: Buffer) => ImageLayout;
  /** The file without metadata; `orientation` as Exif numbers it, 1 to 8. */
  readonly strip: (bytes: Buffer, layout: ImageLayout, orientation: number) => Buffer;
}

/** Every image that an organization may upload, by its content type. */
export const imageFormats: Readonly<Record<string, ImageFormat>> = {
  'image/jpeg': { decoder: 'jpeg', layout: jpegLayout, strip: stripJpeg },
  'image/png': { decoder: 'png', layout: pngLayout, strip: stripPng },
  'image/gif': { decoder: 'gif', layout: gifLayout, strip: stripGif },
  'image/webp': { decoder: 'webp', layout: webpLayout, strip: stripWebp },
  'image/avif': { decoder: 'heif', layout: avifLayout, strip: stripAvif },
};
