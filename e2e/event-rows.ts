import { eventsEndpoints } from '@atrium/contracts/events';
import { until } from '@atrium/testing';
import { api } from './platform.js';

export type EventRow = Record<string, unknown>;

/** Rows of which a column holds that text, once there are so many; one more than that is a failure. */
export async function rowsOf(token: string, column: 'user_id' | 'event_name' | 'anonymous_id', value: string, count: number): Promise<EventRow[]> {
  const query = `SELECT * FROM events WHERE ${column} = {value:String} ORDER BY ts, event_id`;
  return until(`${count} rows of ${value}`, async () => {
    const { data } = (await api.call(eventsEndpoints.queryBySql, { token, body: { query, params: { value } } })).body;
    if (data.length > count) throw new Error(`${data.length} rows of ${value}, not ${count}`);
    return data.length === count ? data : undefined;
  });
}
