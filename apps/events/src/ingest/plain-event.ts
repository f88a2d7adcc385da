import { eventTypes, type IngestEvent } from '@atrium/contracts/events';
import { isDateTime, isUuid } from './event-problem.js';
import { newEventId } from './new-event-id.js';
import { parseJson } from './parse-json.js';
import { hashOfKey, notPlain, type PlainJson } from './plain-json.js';

/** Fields that we read; all others go into the line as they are. */
type Fact = 'event_id' | 'type' | 'timestamp' | 'sent_at';
type Facts = { readonly [fact in Fact]?: string };

const types: ReadonlySet<string> = new Set(eventTypes);
/** A text with its quotes that holds no more than 256 characters, however they are counted; longer ones are left to the parser. */
const isShort = (bytes: number): boolean => bytes > 2 && bytes <= 258;
/** What a context says of another device is for the parser, too. */
const ofDevice: ReadonlySet<number> = new Set(['ip', 'userAgent'].map(hashOfKey));

type EndOf = (json: PlainJson, from: number) => number;
const endOfShortText: EndOf = (json, from) => {
  const end = json.endOfText(from);
  return isShort(end - from) ? end : notPlain;
};

interface Field {
  readonly name: keyof IngestEvent;
  /** As it stands in the text. */
  readonly key: Buffer;
  readonly bit: number;
  readonly endOf: EndOf;
  /** Of a fact. */
  readonly allows: ((text: string) => boolean) | undefined;
}

const fieldsOf: Readonly<Record<keyof IngestEvent, Pick<Field, 'endOf'> & Partial<Field>>> = {
  event: { endOf: endOfShortText },
  user_id: { endOf: endOfShortText },
  anonymous_id: { endOf: endOfShortText },
  session_id: { endOf: endOfShortText },
  group_id: { endOf: endOfShortText },
  previous_id: { endOf: endOfShortText },
  properties: { endOf: (json, from) => json.endOfObject(from) },
  context: { endOf: (json, from) => json.endOfObject(from, 1, ofDevice) },
  event_id: { endOf: endOfShortText, allows: isUuid },
  type: { endOf: endOfShortText, allows: (text) => types.has(text) },
  timestamp: { endOf: endOfShortText, allows: isDateTime },
  sent_at: { endOf: endOfShortText, allows: isDateTime },
};
const names = Object.keys(fieldsOf) as (keyof IngestEvent)[];
const fields = new Map<number, Field>(
  names.map((name, index) => [hashOfKey(name), { name, key: Buffer.from(`"${name}":`), bit: 1 << index, allows: undefined, ...fieldsOf[name] }]),
);

const [openObject, closeObject, comma] = [0x7b, 0x7d, 0x2c];
const separator = ',';
const eventName = ',"event_name":';
const rawProperties = ',"properties_raw":';
const lineEnd = '}\n';

/** A valid event whose bytes go into its line as they are: nothing was made of what it says (held by a property test). */
export class PlainEvent {
  constructor(
    readonly bytes: Buffer,
    readonly start: number,
    readonly end: number,
    readonly facts: Facts,
    /** Where runs of fields that go into the line begin and end, in turn. */
    private readonly runs: readonly number[],
    /** Which of them begins with the value of `event`, whose column has another name. */
    private readonly named: number,
    /** Properties that their column would change, as text to be kept beside them. */
    private readonly raw: string | undefined,
  ) {}

  /** What the parser makes of it. */
  parsed(): unknown {
    return parseJson(this.bytes.subarray(this.start, this.end));
  }

  /** The whole line: it says what {@link lineTail} would, in the event's own order. `time` in milliseconds since the epoch. */
  line(head: Uint8Array, time: number): Buffer {
    const { runs, bytes, facts, raw } = this;
    const own = `,"event_id":"${facts.event_id ?? newEventId(time)}","type":"${facts.type ?? 'track'}","ts":${time}`;
    const end = raw === undefined ? lineEnd : rawProperties + JSON.stringify(raw) + lineEnd;
    const line = Buffer.allocUnsafe(head.length + own.length + this.length + Buffer.byteLength(end));
    line.set(head);
    let at = head.length + line.write(own, head.length, 'latin1');
    for (let run = 0; run < runs.length; run += 2) {
      at += line.write(run === this.named ? eventName : separator, at, 'latin1');
      at += bytes.copy(line, at, runs[run], runs[run + 1]);
    }
    line.write(end, at);
    return line;
  }

  /** Bytes of its runs in a line, and what stands before each. */
  private get length(): number {
    let length = eventName.length - separator.length;
    for (let run = 0; run < this.runs.length; run += 2) length += separator.length + (this.runs[run + 1] ?? 0) - (this.runs[run] ?? 0);
    return length;
  }
}

/** The field whose key begins there, and where its value ends; undefined for what is not known or not plain. */
function fieldAt(json: PlainJson, at: number): { readonly field: Field; readonly value: number; readonly end: number } | undefined {
  const value = json.endOfKey(at);
  const field = value === notPlain ? undefined : fields.get(json.keyHash);
  if (!field || !json.holds(field.key, at)) return undefined;
  const end = field.endOf(json, value);
  return end === notPlain ? undefined : { field, value, end };
}

/** The event that begins there; undefined where it is not plain, and perhaps not valid. */
export function plainEventAt(json: PlainJson, start: number): PlainEvent | undefined {
  const { bytes } = json;
  if (bytes[start] !== openObject) return undefined;
  const facts: { [fact in Fact]?: string } = {};
  const runs: number[] = [];
  let named = notPlain;
  let seen = 0;
  let goesOn = false;
  let raw: string | undefined;
  for (let at = start + 1; ; ) {
    json.changes = false;
    const found = fieldAt(json, at);
    if (!found || (seen & found.field.bit) !== 0) return undefined;
    const { field, value, end } = found;
    seen |= field.bit;
    if (field.allows) {
      const text = bytes.toString('latin1', value + 1, end - 1);
      if (!field.allows(text)) return undefined;
      facts[field.name as Fact] = text;
    } else if (goesOn && field.name !== 'event') runs[runs.length - 1] = end;
    else {
      if (field.name === 'event') named = runs.length;
      runs.push(field.name === 'event' ? value : at, end);
    }
    goesOn = !field.allows;
    if (field.name === 'properties' && json.changes) raw = bytes.toString('utf8', value, end);
    if (bytes[end] === closeObject) return named === notPlain ? undefined : new PlainEvent(bytes, start, end + 1, facts, runs, named, raw);
    if (bytes[end] !== comma) return undefined;
    at = json.afterSpaces(end + 1);
  }
}
