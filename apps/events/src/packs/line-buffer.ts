/** Bytes of a first buffer; what a hundred or so events take. */
const initialBytes = 64 * 1024;
/** Bytes of the buffers that are kept for reuse: larger ones were for a burst. */
const keptBytes = 1024 * 1024;
const maxSpare = 4;
const spare: Buffer[] = [];

/** As text, or as UTF-8. */
export type Line = string | Uint8Array;

/** Bytes that a character takes in UTF-8 at most. */
const bytesPerCharacter = 3;

/**
 * Lines one behind the other, as bytes: what waits should not burden the heap, and one large buffer costs less than one
 * for each request.
 */
export class LineBuffer {
  private bytes = spare.pop() ?? Buffer.allocUnsafeSlow(initialBytes);
  private end = 0;

  get size(): number {
    return this.end;
  }

  append(line: Line): void {
    if (typeof line === 'string') {
      this.reserve(line.length * bytesPerCharacter);
      this.end += this.bytes.write(line, this.end);
    } else {
      this.reserve(line.length);
      this.bytes.set(line, this.end);
      this.end += line.length;
    }
  }

  /** Not a copy: valid until {@link release}. */
  slice(from: number, to: number): Buffer {
    return this.bytes.subarray(from, to);
  }

  /** Gives the memory back; no slice may be read any more. */
  release(): void {
    if (this.bytes.length <= keptBytes && spare.length < maxSpare) spare.push(this.bytes);
    this.bytes = Buffer.alloc(0);
    this.end = 0;
  }

  private reserve(bytes: number): void {
    const needed = this.end + bytes;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}
