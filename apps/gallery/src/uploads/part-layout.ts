const mebibyte = 1024 ** 2;
/** S3 takes as many in one upload. */
const maxParts = 10_000;
/** Above S3's least of 5 MiB: fewer requests, and still little to send again. */
const smallestPart = 8 * mebibyte;

/** How a file is cut into parts: all of one size but the last. */
export interface PartLayout {
  /** Bytes. */
  readonly partSize: number;
  readonly partCount: number;
}

/** Whole mebibytes, and the fewer the smaller the file: 8 MiB up to 78 GiB, 525 MiB for 5 TiB. */
export function partLayoutOf(size: number): PartLayout {
  const partSize = Math.max(smallestPart, Math.ceil(size / maxParts / mebibyte) * mebibyte);
  return { partSize, partCount: Math.ceil(size / partSize) };
}

/** Bytes of a part, or undefined when the file has no part of that number. */
export function sizeOfPart(file: { readonly size: number; readonly partSize: number }, number: number): number | undefined {
  const left = file.size - (number - 1) * file.partSize;
  return number < 1 || left <= 0 ? undefined : Math.min(left, file.partSize);
}
