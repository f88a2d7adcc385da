import { MalformedAnswerError } from './answer-head.js';

/** Bytes of one line between chunks: sizes with extensions, trailers. */
const maxLine = 4 * 1024;
/** Bytes of all trailers. */
const maxTrailers = 16 * 1024;
const sizeLine = /^([\da-fA-F]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

type Expected = 'size' | 'data' | 'line end' | 'trailer';

/** Takes the chunks of one body apart (RFC 9112 §7.1), however the bytes come. Trailers are dropped. */
export class ChunkedBody {
  private expected: Expected = 'size';
  private left = 0;
  private line = '';
  private trailers = 0;
  /** All of the body has come. */
  done = false;

  /** Gives the pieces to `piece` and the number of bytes read, which is less than all only when done. Throws {@link MalformedAnswerError}. */
  read(bytes: Buffer, piece: (data: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && !this.done) {
      if (this.expected === 'data') {
        const data = bytes.subarray(at, at + this.left);
        at += data.length;
        this.left -= data.length;
        if (this.left === 0) this.expected = 'line end';
        piece(data);
      } else {
        const end = bytes.indexOf(10, at);
        const stop = end === -1 ? bytes.length : end + 1;
        this.line += bytes.toString('latin1', at, stop);
        if (this.line.length > maxLine) throw new MalformedAnswerError('A line between chunks is too long.');
        at = stop;
        if (end !== -1) this.endLine();
      }
    }
    return at;
  }

  private endLine(): void {
    if (!this.line.endsWith('\r\n')) throw new MalformedAnswerError('A line between chunks has no valid end.');
    const line = this.line.slice(0, -2);
    this.line = '';
    if (this.expected === 'size') this.begin(line);
    else if (this.expected === 'trailer') this.endTrailer(line);
    else if (line === '') this.expected = 'size';
    else throw new MalformedAnswerError('A chunk is longer than it says.');
  }

  private begin(line: string): void {
    const [, digits] = sizeLine.exec(line) ?? [];
    if (digits === undefined) throw new MalformedAnswerError('A chunk has no valid size.');
    this.left = Number.parseInt(digits, 16);
    this.expected = this.left === 0 ? 'trailer' : 'data';
  }

  private endTrailer(line: string): void {
    this.trailers += line.length + 2;
    if (this.trailers > maxTrailers) throw new MalformedAnswerError('The trailers are too long.');
    if (line === '') this.done = true;
  }
}
