export type ScanVerdict =
  | { readonly kind: 'clean' }
  | { readonly kind: 'infected'; readonly name: string }
  /** The scanner works, and doesn't take this file: it is too large for it. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Looks for malware. */
export interface FileScanner {
  /**
   * Judges a file of so many bytes, which is opened only where it is not too large.
   *
   * @throws ScannerUnavailableError when it cannot be asked now, and whatever opening and reading the file throws
   */
  scan(size: number, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<ScanVerdict>;
  /** Rejects when it cannot be asked. */
  ping(): Promise<void>;
}

/** Files wait until the scanner is back: nothing passes unseen. */
export class ScannerUnavailableError extends Error {}

/** Dependency-injection token of the {@link FileScanner}; undefined where none is configured. */
export const FILE_SCANNER = Symbol('FileScanner');
