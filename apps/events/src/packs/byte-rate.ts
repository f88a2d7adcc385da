const windowMs = 1_000;

/** Bytes a second over about the last second: two windows of a second each, the older one weighed by what is left of it. */
export class ByteRate {
  private windowStart = 0;
  private current = 0;
  private previous = 0;

  /** `now` in milliseconds of a clock that never goes back. */
  add(bytes: number, now: number): number {
    const elapsed = now - this.windowStart;
    if (elapsed >= windowMs) {
      this.previous = elapsed < 2 * windowMs ? this.current : 0;
      this.current = 0;
      this.windowStart = elapsed < 2 * windowMs ? this.windowStart + windowMs : now;
    }
    this.current += bytes;
    return this.current + this.previous * Math.max(0, 1 - (now - this.windowStart) / windowMs);
  }
}
