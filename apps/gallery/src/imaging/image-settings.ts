import type { ImageLimits } from '../decoder/decoder-job.js';

export interface ImageSettings {
  /** Decoders at once. */
  readonly processes: number;
  /** Larger files are refused undecoded; bytes. */
  readonly maxBytes: number;
  /** Where files lie while they are worked at. */
  readonly scratchFolder: string;
  readonly limits: ImageLimits;
}

/** Dependency-injection token of the {@link ImageSettings}. */
export const IMAGE_SETTINGS = Symbol('ImageSettings');
