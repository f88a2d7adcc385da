import { isUtf8 } from 'node:buffer';
import { DomainError } from '@atrium/platform/errors';
import { rawJson } from './raw-json.js';

const invalid = (message: string, cause?: unknown) => new DomainError('VALIDATION_ERROR', message, { cause });

/** Sixteen digits where a number may stand: it may be an integer that doubles don't hold. */
const mayHoldLongInteger = /[:[,\s]-?\d{16}/;
const integer = /^-?\d{1,64}$/;

/** Keeps the digits of integers beyond 2^53: ids of other systems would come back changed. */
function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isFinite(value)) return value;
  const source = context?.source ?? '';
  return integer.test(source) ? rawJson(source) : value;
}

/**
 * A body as JSON. A byte order mark is skipped (RFC 8259 §8.1); of a repeated key the last counts. Own properties alone
 * come out of it: `__proto__` is a name like any other. Integers beyond 2^53 are raw JSON. Throws VALIDATION_ERROR.
 */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw invalid('The body is not valid UTF-8.');
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const text = body.toString('utf8', hasMark ? 3 : 0);
  try {
    return mayHoldLongInteger.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
  } catch (cause) {
    throw invalid('The body is not valid JSON.', cause);
  }
}
