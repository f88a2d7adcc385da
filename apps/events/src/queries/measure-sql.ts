import type { Measure } from '@atrium/contracts/events';

/**
 * A user: the user_id, or else the anonymous_id, which is another user than a user_id of that name. Events of nobody
 * stand for themselves, so that a sample takes its share of them. Hashes of 64 bits take the place of the names.
 */
export const personHash = `multiIf(user_id != '', cityHash64(user_id), anonymous_id != '', cityHash64('anonymous', anonymous_id), cityHash64(event_id))`;

/** The same for events that somebody did, without a look at their ids. */
export const somebodyHash = `if(user_id != '', cityHash64(user_id), cityHash64('anonymous', anonymous_id))`;

/** An event that somebody did. */
export const ofSomebody = `(user_id != '' OR anonymous_id != '')`;

export const measureSql: Readonly<Record<Measure, string>> = {
  events: 'count()',
  users: `uniqExactIf(${somebodyHash}, ${ofSomebody})`,
  sessions: `uniqExactIf(cityHash64(session_id), session_id != '')`,
};
