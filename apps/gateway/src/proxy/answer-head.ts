/** What delimits a body (RFC 9112 §6.3): so many bytes, its chunks, or the end of the connection. */
export type Framing = number | 'chunked' | 'close';

/** Status line and header section of a service's answer. */
export interface AnswerHead {
  readonly status: number;
  /** Flat list of lower-case names and values; a name may come several times. */
  readonly headers: readonly string[];
  readonly framing: Framing;
  /** Whether the service keeps the connection open after this answer. */
  readonly keepsAlive: boolean;
}

/** The answer can't be understood without doubt; its connection is of no further use. */
export class MalformedAnswerError extends Error {
  readonly code = 'MALFORMED_ANSWER';
  override readonly name = 'MalformedAnswerError';
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/;
const surroundingSpace = /^[\t ]+|[\t ]+$/g;
const length = /^\d{1,15}$/;

const malformed = (what: string): MalformedAnswerError => new MalformedAnswerError(`The service's answer has ${what}.`);

/** The first value of a field in a flat list of lower-case names and values. */
export function fieldOf(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) return headers[index + 1];
  }
  return undefined;
}

/**
 * Reads the head of an answer, one character a byte, without the empty line at its end. `method` is the request's.
 * Strict, since a head that two readers understand differently would let one answer pass for two: throws
 * {@link MalformedAnswerError} for folded lines, other line ends than CR LF, two lengths, and codings but `chunked`.
 */
export function parseAnswerHead(text: string, method: string): AnswerHead {
  const firstEnd = text.indexOf('\r\n');
  const [, minor, digits] = statusLine.exec(firstEnd === -1 ? text : text.slice(0, firstEnd)) ?? [];
  if (digits === undefined) throw malformed('no valid status line');
  const status = Number(digits);
  const headers: string[] = [];
  let contentLength: number | undefined;
  let isChunked = false;
  let keepsAlive = minor === '1';
  for (let start = firstEnd + 2; firstEnd !== -1 && start <= text.length; ) {
    const lineEnd = text.indexOf('\r\n', start);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const colon = text.indexOf(':', start);
    const name = colon === -1 || colon >= end ? '' : text.slice(start, colon);
    if (!token.test(name)) throw malformed('a header without a valid name');
    const value = text.slice(colon + 1, end).replace(surroundingSpace, '');
    if (illegalInValue.test(value)) throw malformed('a header with an invalid value');
    const field = name.toLowerCase();
    if (field === 'content-length') {
      if (contentLength !== undefined || !length.test(value)) throw malformed('no clear length');
      contentLength = Number(value);
    } else if (field === 'transfer-encoding') {
      if (isChunked || value.toLowerCase() !== 'chunked') throw malformed('an unknown transfer coding');
      isChunked = true;
    } else if (field === 'connection') {
      if (/(?:^|[,\t ])close(?:[,\t ]|$)/i.test(value)) keepsAlive = false;
    }
    headers.push(field, value);
    start = end + 2;
  }
  if (isChunked && contentLength !== undefined) throw malformed('a length and chunks');
  const hasBody = method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
  const framing = hasBody ? (isChunked ? 'chunked' : (contentLength ?? 'close')) : 0;
  // What has none may be followed by a body all the same, where a service is mistaken: nothing shares its connection.
  const isClear = method !== 'HEAD' && (hasBody || (!isChunked && (contentLength ?? 0) === 0));
  return { status, headers, framing, keepsAlive: keepsAlive && framing !== 'close' && isClear };
}
