import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';

/** Bytes, of which a process keeps at most twice as many: the log at hand and the one before it. */
const defaultLimit = 10 * 1024 * 1024;

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * A log that doesn't grow for ever: when full it becomes `<file>.1`, in the place of the one before. A line that can't
 * be written (a full disk) is dropped, as losing it is better than losing the process.
 */
export class LogFile extends Writable {
  private size: number;

  constructor(
    private readonly file: string,
    private readonly limit = defaultLimit,
  ) {
    super({ decodeStrings: true });
    mkdirSync(dirname(file), { recursive: true });
    this.size = sizeOf(file);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    try {
      if (this.size > 0 && this.size + chunk.length > this.limit) this.rotate();
      appendFileSync(this.file, chunk, { mode: 0o600 });
      this.size += chunk.length;
    } catch {
      // Dropped; see above.
    }
    done();
  }

  private rotate(): void {
    renameSync(this.file, `${this.file}.1`);
    this.size = 0;
  }
}
