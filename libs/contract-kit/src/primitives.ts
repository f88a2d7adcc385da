import { z } from 'zod';

/** Any RFC 9562 UUID; new ids are version 7. */
export const uuid = z.uuid();

/** ISO 8601 in UTC, e.g. `2026-11-20T10:00:00.000Z`. */
export const isoDateTime = z.iso.datetime();

/** ISO 8601 with any offset, for times that clients send. */
export const isoDateTimeWithOffset = z.iso.datetime({ offset: true });

/** Lower-cased, so that case variants of one address are one account (RFC 5321 §4.5.3.1 bounds the length). */
export const email = z.email().max(254).toLowerCase();

const noControlCharacters = /^[^\u0000-\u001f\u007f]*$/;

/** A one-line text for people: trimmed, without control characters. `max` counts UTF-16 code units. */
export const line = (max: number, min = 1) =>
  z.string().trim().min(min).max(max).regex(noControlCharacters, 'must not contain control characters');
