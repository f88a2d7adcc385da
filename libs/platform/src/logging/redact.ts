import { maskPersonalData } from './mask-personal-data.js';
import { serializeError } from './serialize-error.js';

const redacted = '[redacted]';
/** Beyond this depth a value is named, not shown: log lines stay bounded. */
const maxDepth = 8;
const maxItems = 100;
const maxTextLength = 8_192;

const secretSuffix = /(?:password|passwd|passphrase|token|secret|credential|cookie|authorization|apikey|writekey|privatekey)s?$/;
const secretNames = new Set(['key', 'keys', 'passwordconfirm', 'passwordhash', 'recoverycodes', 'otp', 'otpauthurl', 'pepper', 'ticket', 'codeverifier']);
const knownNames = new Map<string, boolean>();

/** Names are compared without case, hyphens and underscores: `X-Write-Key`, `write_key` and `writeKey` are one. */
function isSecretName(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  const secret = secretNames.has(plain) || secretSuffix.test(plain);
  // Bounded, since names of logged objects may come from clients.
  if (knownNames.size < 5_000) knownNames.set(name, secret);
  return secret;
}

function redactText(text: string): string {
  return maskPersonalData(text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text);
}

/**
 * A copy that is fit for a log: secrets by name at any depth, e-mail addresses and tokens inside texts. A walk of our
 * own, because path lists of the logger stop at the depths that someone thought of.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (value instanceof Error) return redact(serializeError(value), depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return '[nested too deeply]';
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redact(item, depth + 1));
  if (value instanceof Map) return redactRecord(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  return redactRecord(value, depth);
}

export function redactRecord(record: object, depth = 0): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (isSecretName(name) && value !== undefined && value !== null && typeof value !== 'boolean') copy[name] = redacted;
    else copy[name] = redact(value, depth + 1);
  }
  return copy;
}
