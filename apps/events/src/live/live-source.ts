import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from '../queries/analytics.js';
import { SqlParameters } from '../queries/sql-parameters.js';
import { maxFetched, maxRemembered } from './live-limits.js';

/** All that is known of an event at a look; `key` names it whatever copies there are. */
const sighting = z.object({ key: z.string(), at: z.int(), event: z.string(), site_id: z.string() });
export type Sighting = z.output<typeof sighting>;

export interface LiveEvent {
  readonly key: string;
  readonly at: number;
  readonly body: { readonly [field: string]: unknown };
}

const clock = z.tuple([z.object({ now: z.int() })]);

// The sorting key within an organization. It is made in a query of its own: beside them, names mean what is answered.
const key = 'toString(cityHash64(site_id, toDate(ts), event_name, user_id, event_id))';
const iso = (column: string): string => `concat(replaceOne(toString(${column}), ' ', 'T'), 'Z')`;
const body = `toString(event_id) AS event_id, toString(type) AS type, event_name AS event, user_id, anonymous_id, session_id,
  toString(site_id) AS site_id, toString(source_id) AS source_id, ${iso('ts')} AS timestamp, ${iso('received_at')} AS received_at, properties, context`;

const row = z.looseObject({ live_key: z.string(), live_at: z.int(), event: z.string(), site_id: z.string() });

// A copy in a part that was left aside could only make the event seem new, which those who look know better.
const settings = { use_skip_indexes_if_final: 1, use_skip_indexes_if_final_exact_mode: 0 };

/** Looks for events by the time at which they were stored. Times are ClickHouse's own, in milliseconds. */
@Injectable()
export class LiveSource {
  constructor(@Inject(Analytics) private readonly analytics: Analytics) {}

  async now(orgId: string): Promise<number> {
    return clock.parse(await this.analytics.rows({ orgId, query: 'SELECT toUnixTimestamp64Milli(now64(3)) AS now' }))[0].now;
  }

  /** Events that were stored since, the newest of too many, in the order of that time. */
  async sightings(orgId: string, since: number): Promise<Sighting[]> {
    const parameters = new SqlParameters();
    const query = `SELECT live_key AS key, toUnixTimestamp64Milli(inserted_at) AS at, event_name AS event, toString(site_id) AS site_id
      FROM (SELECT *, ${key} AS live_key FROM events WHERE inserted_at >= fromUnixTimestamp64Milli(${parameters.integer(since)}))
      ORDER BY at DESC, key DESC LIMIT ${maxRemembered}`;
    return z.array(sighting).parse(await this.analytics.rows({ orgId, query, parameters: parameters.values, settings })).toReversed();
  }

  /** These events in full. */
  async fetch(orgId: string, wanted: readonly Sighting[]): Promise<Map<string, LiveEvent>> {
    if (wanted.length === 0) return new Map();
    const parameters = new SqlParameters();
    const since = Math.min(...wanted.map(({ at }) => at));
    const query = `SELECT live_key, toUnixTimestamp64Milli(inserted_at) AS live_at, ${body} FROM (SELECT *, ${key} AS live_key FROM events
      WHERE inserted_at >= fromUnixTimestamp64Milli(${parameters.integer(since)}) AND has(${parameters.texts(wanted.map((one) => one.key))}, ${key}))
      LIMIT ${maxFetched}`;
    const rows = z.array(row).parse(await this.analytics.rows({ orgId, query, parameters: parameters.values, settings }));
    return new Map(rows.map(({ live_key, live_at, ...rest }) => [live_key, { key: live_key, at: live_at, body: rest }]));
  }
}
