/** A set of keys in the byte order of their UTF-8, sorted again only when read after a change. */
export class SortedKeys {
  private readonly set = new Set<string>();
  private sorted: string[] | undefined;

  add(key: string): void {
    this.set.add(key);
    this.sorted = undefined;
  }

  delete(key: string): void {
    this.set.delete(key);
    this.sorted = undefined;
  }

  *from(start: string): Generator<string> {
    const sorted = (this.sorted ??= [...this.set].sort(compareUtf8));
    for (let i = lowerBound(sorted, start); i < sorted.length; i++) {
      const key = sorted[i];
      if (key !== undefined) yield key;
    }
  }
}

/** JavaScript compares UTF-16 units, which puts characters beyond U+FFFF before U+E000…U+FFFF; UTF-8 doesn't. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function lowerBound(sorted: readonly string[], start: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(sorted[middle] ?? '', start) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
