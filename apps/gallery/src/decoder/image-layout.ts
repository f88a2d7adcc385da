/** A run of bytes; `end` is the first byte after it. Parts that are not kept are metadata: what no decoder of pixels needs. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly kept: boolean;
}

/** How an image file is put together, as far as it is known without decoding a pixel. */
export interface ImageLayout {
  /** Side by side, in order, from the file's first byte to `end`. */
  readonly parts: readonly Part[];
  /** First byte after the image. */
  readonly end: number;
  /** Pictures that are shown one after the other; 1 of a still image. */
  readonly frames: number;
  /** Passes over all pixels that decoding takes. */
  readonly scans: number;
}

/** Codes of refusals, stable, for programs. */
export type RefusalCode =
  | 'image_damaged'
  | 'trailing_data'
  | 'embedded_markup'
  | 'too_many_pixels'
  | 'too_many_frames'
  | 'too_complex';

/** The file is at fault: nobody needs to try again. */
export class ImageRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, publicMessage: string, options?: ErrorOptions) {
    super(publicMessage, options);
    this.code = code;
  }
}

export const damaged = (where: string): ImageRefusal => new ImageRefusal('image_damaged', `The image is damaged or cut off (${where}).`);

/** Joins the parts that are kept; `inserted` stands where the first of the others stood. */
export function joinKept(bytes: Buffer, { parts }: ImageLayout, inserted: Buffer): Buffer {
  const first = parts.find(({ kept }) => !kept);
  return Buffer.concat(parts.flatMap((part) => (part.kept ? [bytes.subarray(part.start, part.end)] : part === first ? [inserted] : [])));
}
