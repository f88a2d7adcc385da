import { maxDepth } from './properties-problem.js';

/** Instead of an index: the text is not plain. It may be right or wrong; whoever parses it will find out. */
export const notPlain = -1;

/** Keys of an object that are held against one another; one with more is not plain. */
const maxKeys = 64;
const longestNumber = 15;

const [space, quote, comma, minus, dot, zero, nine, colon] = [0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3a];
const [openList, backslash, closeList, underscore, openObject, closeObject] = [0x5b, 0x5c, 0x5d, 0x5f, 0x7b, 0x7d];

const codes = (text: string): ReadonlySet<number> => new Set(Buffer.from(text));
const shortEscapes = codes('"\\/bfnrt');
const hexDigits = codes('0123456789abcdefABCDEF');
const literals = ['true', 'false', 'null'].map((word) => Buffer.from(word));
const nullAt = 0x6e;

/** FNV-1a, 32 bits. Equal keys have equal hashes; different ones hardly ever. */
const firstHash = 0x811c9dc5 | 0;
const nextHash = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);
export const hashOfKey = (key: string): number => Buffer.from(key).reduce(nextHash, firstHash);

/** Hashes of the keys of each object that is being read, by its depth. Nothing here waits, so one will do for all. */
const hashes = new Int32Array((maxDepth + 1) * maxKeys);

/**
 * Finds where values end in UTF-8 text, without making anything of them, as long as they are plain: JSON that means to
 * ClickHouse what `JSON.stringify(JSON.parse(text))` would mean, so that its bytes can be handed on as they are. Not plain
 * are, right or not: repeated keys (and whatever has the hash of another), keys that objects put in order (`"1"`),
 * `__proto__`, escapes in keys, escaped surrogates, numbers that JavaScript might write otherwise (exponents, more than 15
 * digits, `1.0`), nesting beyond {@link maxDepth}, white space other than spaces behind `:` and `,`.
 */
export class PlainJson {
  /** Of the key that was read last. */
  keyHash = firstHash;
  /** Whether a column of type JSON would give back anything differently of the objects since it was last set to false. */
  changes = false;

  constructor(readonly bytes: Buffer) {}

  holds(expected: Uint8Array, from: number): boolean {
    for (let index = 0; index < expected.length; index += 1) if (this.bytes[from + index] !== expected[index]) return false;
    return true;
  }

  afterSpaces(from: number): number {
    let at = from;
    while (this.bytes[at] === space) at += 1;
    return at;
  }

  /** Behind a text; `notPlain` also where there is none. */
  endOfText(from: number): number {
    const { bytes } = this;
    if (bytes[from] !== quote) return notPlain;
    let at = from + 1;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) return at + 1;
      if (byte < space) return notPlain;
      if (byte !== backslash) at += 1;
      else if ((at = this.endOfEscape(at)) === notPlain) return notPlain;
    }
  }

  /** Behind a key and its colon, and the spaces that follow. */
  endOfKey(from: number): number {
    const { bytes } = this;
    if (bytes[from] !== quote) return notPlain;
    let hash = firstHash;
    let at = from + 1;
    for (; ; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) break;
      if (byte < space || byte === backslash) return notPlain;
      hash = nextHash(hash, byte);
    }
    this.keyHash = hash;
    return bytes[at + 1] === colon ? this.afterSpaces(at + 2) : notPlain;
  }

  /** Behind an object; `forbidden` are hashes of keys that it must not have itself. */
  endOfObject(from: number, depth = 1, forbidden?: ReadonlySet<number>): number {
    if (depth > maxDepth || this.bytes[from] !== openObject) return notPlain;
    if (this.bytes[from + 1] === closeObject) {
      this.changes = true;
      return from + 2;
    }
    const first = depth * maxKeys;
    let at = from + 1;
    for (let next = first; next < first + maxKeys; next += 1) {
      const value = this.endOfKey(at);
      if (value === notPlain || !this.isNewKey(at, value, first, next)) return notPlain;
      if (forbidden?.has(this.keyHash)) return notPlain;
      const end = this.endOfValue(value, depth + 1);
      if (end === notPlain) return notPlain;
      if (this.bytes[end] === closeObject) return end + 1;
      if (this.bytes[end] !== comma) return notPlain;
      at = this.afterSpaces(end + 1);
    }
    return notPlain;
  }

  private isNewKey(from: number, to: number, first: number, next: number): boolean {
    const { bytes, keyHash } = this;
    const start = bytes[from + 1] ?? 0;
    if (start >= zero && start <= nine) return false;
    if (start === underscore && bytes[from + 2] === underscore) return false;
    for (let at = from; at < to; at += 1) if (bytes[at] === dot) this.changes = true;
    for (let at = first; at < next; at += 1) if (hashes[at] === keyHash) return false;
    hashes[next] = keyHash;
    return true;
  }

  private endOfValue(at: number, depth: number): number {
    const byte = this.bytes[at] ?? 0;
    if (byte === quote) return this.endOfText(at);
    if (byte === minus || (byte >= zero && byte <= nine)) return this.endOfNumber(at);
    if (byte === openObject) return this.endOfObject(at, depth);
    if (byte === openList) return this.endOfList(at, depth);
    if (byte === nullAt) this.changes = true;
    return this.endOfLiteral(at);
  }

  /** The JSON type of ClickHouse keeps lists of texts and lists of numbers alone. */
  private endOfList(from: number, depth: number): number {
    if (depth > maxDepth) return notPlain;
    let at = from + 1;
    if (this.bytes[at] === closeList) return at + 1;
    const kind = kindAt(this.bytes, at);
    for (;;) {
      if (kind === 'other' || kindAt(this.bytes, at) !== kind) this.changes = true;
      const end = this.endOfValue(at, depth + 1);
      if (end === notPlain) return notPlain;
      if (this.bytes[end] === closeList) return end + 1;
      if (this.bytes[end] !== comma) return notPlain;
      at = this.afterSpaces(end + 1);
    }
  }

  /** Up to 15 digits without an exponent come out of a double as they went in, but for zeros at the end. */
  private endOfNumber(from: number): number {
    const { bytes } = this;
    const first = bytes[from] === minus ? from + 1 : from;
    let at = this.endOfDigits(first);
    if (at === first || (bytes[first] === zero && at > first + 1)) return notPlain;
    if (bytes[at] === dot) {
      const fraction = at + 1;
      at = this.endOfDigits(fraction);
      // Below 0.000001 JavaScript writes exponents.
      if (at === fraction || bytes[at - 1] === zero || isTiny(bytes, fraction)) return notPlain;
    } else if (bytes[first] === zero && first > from) return notPlain;
    return at - first > longestNumber ? notPlain : at;
  }

  private endOfDigits(from: number): number {
    let at = from;
    for (let byte = this.bytes[at] ?? 0; byte >= zero && byte <= nine; byte = this.bytes[at] ?? 0) at += 1;
    return at;
  }

  private endOfLiteral(from: number): number {
    const word = literals.find((literal) => literal[0] === this.bytes[from]);
    return word && this.holds(word, from) ? from + word.length : notPlain;
  }

  /** Halves of surrogate pairs, alone or not, are left to the parser. */
  private endOfEscape(from: number): number {
    const { bytes } = this;
    const kind = bytes[from + 1] ?? 0;
    if (shortEscapes.has(kind)) return from + 2;
    if (kind !== 0x75) return notPlain;
    for (let at = from + 2; at < from + 6; at += 1) if (!hexDigits.has(bytes[at] ?? 0)) return notPlain;
    const isSurrogate = ((bytes[from + 2] ?? 0) | 0x20) === 0x64 && (bytes[from + 3] ?? 0) >= 0x38;
    return isSurrogate ? notPlain : from + 6;
  }
}

function kindAt(bytes: Buffer, at: number): 'text' | 'number' | 'other' {
  const byte = bytes[at] ?? 0;
  if (byte === quote) return 'text';
  return byte === minus || (byte >= zero && byte <= nine) ? 'number' : 'other';
}

function isTiny(bytes: Buffer, fraction: number): boolean {
  for (let at = fraction; at < fraction + 6; at += 1) if (bytes[at] !== zero) return false;
  return true;
}
