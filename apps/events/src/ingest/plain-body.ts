import { isUtf8 } from 'node:buffer';
import { ingestLimits } from '@atrium/contracts/events';
import { isDateTime } from './event-problem.js';
import { type IngestRequestBody, parseBody } from './parse-body.js';
import { parseJson } from './parse-json.js';
import { plainEventAt } from './plain-event.js';
import { PlainJson } from './plain-json.js';

const batchBegins = Buffer.from('{"batch":[');
const batchEnds = /^\](?:,"sent_at":"([^"\\]{1,64})")?\}$/;
const longestEnd = 128;
const [quote, comma, backslash, openObject, closeObject] = [0x22, 0x2c, 0x5c, 0x7b, 0x7d];

/** Behind the object that begins there, if it is one. */
function afterBraces(bytes: Buffer, from: number): number | undefined {
  let depth = 0;
  let inText = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === openObject) depth += 1;
    else if (byte === closeObject && (depth -= 1) === 0) return at + 1;
  }
  return undefined;
}

/** An event of a batch that is not plain, as the parser reads it, and where it ends. Throws where it is no JSON. */
function parsedAt(bytes: Buffer, start: number): { readonly event: unknown; readonly end: number } | undefined {
  const end = bytes[start] === openObject ? afterBraces(bytes, start) : undefined;
  return end === undefined ? undefined : { event: parseJson(bytes.subarray(start, end)), end };
}

function plainBatch(json: PlainJson): IngestRequestBody | undefined {
  const { bytes } = json;
  const events: unknown[] = [];
  for (let at = batchBegins.length; events.length < ingestLimits.batchEvents; ) {
    const plain = plainEventAt(json, at);
    // What one client sends is of one make: where the first event is not plain, all are parsed at once.
    if (!plain && events.length === 0) return undefined;
    const parsed = plain ? undefined : parsedAt(bytes, at);
    const end = plain?.end ?? parsed?.end;
    if (end === undefined) return undefined;
    events.push(plain ?? parsed?.event);
    if (bytes[end] !== comma) return batchOf(events, bytes.toString('latin1', end, end + longestEnd));
    at = json.afterSpaces(end + 1);
  }
  return undefined;
}

function batchOf(events: readonly unknown[], end: string): IngestRequestBody | undefined {
  const found = batchEnds.exec(end);
  const sentAt = found?.[1];
  return found && (sentAt === undefined || isDateTime(sentAt)) ? { kind: 'batch', events, sentAt } : undefined;
}

function plainBody(bytes: Buffer): IngestRequestBody | undefined {
  if (!isUtf8(bytes)) return undefined;
  const json = new PlainJson(bytes);
  if (json.holds(batchBegins, 0)) return plainBatch(json);
  const event = plainEventAt(json, 0);
  return event?.end === bytes.length ? { kind: 'single', events: [event], sentAt: undefined } : undefined;
}

/**
 * What {@link parseBody} gives, and throws, with events that are plain left unparsed: parsing them, and writing them
 * again, is most of what an event costs.
 */
export function readBody(bytes: Buffer): IngestRequestBody {
  let plain: IngestRequestBody | undefined;
  try {
    plain = plainBody(bytes);
  } catch {
    // Of a body that is no JSON, the parser says so.
  }
  return plain ?? parseBody(bytes);
}
