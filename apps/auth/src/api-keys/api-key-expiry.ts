import { invalidField } from '@atrium/platform/errors';

const dayMs = 86_400_000;
const defaultDays = 90;
/** A year, leap day included. */
const maxDays = 366;

/** When a key that is made now ends; throws VALIDATION_ERROR for a time that is past or too far off. */
export function expiryOf(wanted: string | undefined, now: number): Date {
  if (wanted === undefined) return new Date(now + defaultDays * dayMs);
  const time = Date.parse(wanted);
  if (time <= now) throw invalidField('expires_at', 'must be in the future');
  if (time > now + maxDays * dayMs) throw invalidField('expires_at', 'must be within a year');
  return new Date(time);
}
