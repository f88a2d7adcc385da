import type { RefusalCode } from './image-layout.js';

/** What decoding one image may take. */
export interface ImageLimits {
  /** Of one frame. */
  readonly maxPixels: number;
  readonly maxFrames: number;
  /** Of processor time. */
  readonly maxSeconds: number;
  /** Of the whole process, in bytes. */
  readonly maxMemory: number;
}

export interface DecoderJob {
  /** Comes back with the answer. */
  readonly id: number;
  /** Holds the file `original`; the results are put beside it, as `<width>.webp` and `stripped`. */
  readonly folder: string;
  readonly contentType: string;
  readonly limits: ImageLimits;
  /** Copies to make, where the image is at least as wide. */
  readonly widths: readonly number[];
  /** Whether to write the file without its metadata. */
  readonly strip: boolean;
}

export const originalName = 'original';
export const strippedName = 'stripped';
export const derivativeName = (width: number): string => `${width}.webp`;

/** What an image looks like before it is loaded. */
export interface ImagePreview {
  /** ThumbHash, base64. */
  readonly placeholder: string;
  /** `#rrggbb` */
  readonly dominantColor: string;
  /** Widths that were made. */
  readonly widths: readonly number[];
}

export type DecoderVerdict =
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string; readonly detail?: string | undefined }
  | {
      readonly kind: 'image';
      /** As it is shown, turned as its metadata says. */
      readonly width: number;
      readonly height: number;
      readonly frames: number;
      /** A text says why there is none: the image itself is sound. */
      readonly preview: ImagePreview | string;
    }
  /** Neither the file nor its content is known to be at fault. */
  | { readonly kind: 'failed'; readonly message: string };

export interface DecoderAnswer {
  readonly id: number;
  readonly verdict: DecoderVerdict;
  /** Most memory that the process ever had, in bytes. */
  readonly peakMemory: number;
  /** What it has now. */
  readonly memory: number;
  /** Whether the process ends with this answer: what it was at could not be stopped otherwise. */
  readonly last: boolean;
}
