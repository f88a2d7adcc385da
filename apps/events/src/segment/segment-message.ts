import { eventTypes, type IngestEvent } from '@atrium/contracts/events';
import { isRecord, isUuid, UnreadableEvent } from '../ingest/event-problem.js';
import { isRawJson } from '../ingest/raw-json.js';
import { nameBasedId } from './name-based-id.js';
import { clientTime } from './segment-time.js';

export type EventType = (typeof eventTypes)[number];
type Message = Readonly<Record<string, unknown>>;

/** What the request says for all of its messages. */
export interface SegmentRequest {
  /** Of the path; messages of a batch name their own. */
  readonly type: EventType | undefined;
  readonly context: Message | undefined;
  readonly sentAt: unknown;
  /** Namespace of the ids that are made of message ids: the source, or the site of a token. */
  readonly namespace: string;
}

/** All events of a kind have one name, so that they are counted as one; what page it was stands in the properties. */
const namesOfTypes: Readonly<Record<Exclude<EventType, 'track'>, string>> = {
  identify: 'Identify',
  page: 'Page Viewed',
  screen: 'Screen Viewed',
  group: 'Group',
  alias: 'Alias',
};

class Unreadable extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** Ids are texts, but numbers are sent too; nothing, null and '' are none. */
function idOf(message: Message, field: string): string | undefined {
  const value = message[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && isRawJson(value)) return value.rawJSON;
  throw new Unreadable(field, 'must be a text');
}

function objectOf(message: Message, field: string): Record<string, unknown> | undefined {
  const value = message[field];
  if (value === undefined || value === null) return undefined;
  if (isRecord(value)) return value;
  throw new Unreadable(field, 'must be an object');
}

function typeOf(message: Message, { type }: SegmentRequest): EventType {
  const named = type ?? eventTypes.find((one) => one === message['type']);
  if (named === undefined) throw new Unreadable('type', `must be one of ${eventTypes.join(', ')}`);
  return named;
}

function nameOf(type: EventType, message: Message): string {
  if (type !== 'track') return namesOfTypes[type];
  const event = idOf(message, 'event');
  if (event === undefined) throw new Unreadable('event', 'is required');
  return event;
}

/** Traits are what an identify or group says; names and categories of pages stand beside their properties. */
function propertiesOf(type: EventType, message: Message, context: Message | undefined): Record<string, unknown> | undefined {
  if (type === 'identify') return objectOf(message, 'traits') ?? (context && objectOf(context, 'traits'));
  if (type === 'group') return objectOf(message, 'traits');
  const properties = objectOf(message, 'properties');
  if (type !== 'page' && type !== 'screen') return properties;
  const named = Object.fromEntries(
    ['name', 'category'].filter((key) => typeof message[key] === 'string' && message[key] !== '').map((key) => [key, message[key]]),
  );
  return properties || Object.keys(named).length > 0 ? { ...named, ...properties } : undefined;
}

function contextOf(message: Message, request: SegmentRequest): Record<string, unknown> | undefined {
  const own = objectOf(message, 'context');
  return request.context ? { ...request.context, ...own } : own;
}

function read(message: Message, request: SegmentRequest): IngestEvent {
  const type = typeOf(message, request);
  const context = contextOf(message, request);
  const messageId = idOf(message, 'messageId');
  const { timestamp, sentAt } = clientTime(message, request.sentAt);
  if (timestamp === null) throw new Unreadable('timestamp', 'must be a date and time');
  return {
    event: nameOf(type, message),
    type,
    event_id: messageId === undefined || isUuid(messageId) ? messageId : nameBasedId(request.namespace, messageId),
    user_id: idOf(message, 'userId'),
    anonymous_id: idOf(message, 'anonymousId'),
    session_id: context && idOf(context, 'sessionId'),
    group_id: idOf(message, 'groupId') ?? (context && idOf(context, 'groupId')),
    previous_id: idOf(message, 'previousId'),
    timestamp,
    sent_at: sentAt,
    properties: propertiesOf(type, message, context),
    context,
  };
}

/** A message as an event of ours; what it says beside the known fields is ignored. */
export function toEvent(message: unknown, request: SegmentRequest): IngestEvent | UnreadableEvent {
  if (!isRecord(message)) return new UnreadableEvent({ field: '', message: 'must be an object' });
  try {
    return read(message, request);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return new UnreadableEvent({ field: error.field, message: error.message });
  }
}
