import type { FileBody, Principal } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from '../queries/analytics.js';
import { ownOrganizations, USERS_URL } from './own-organizations.js';

/** Rows in memory at a time: of the largest events, half of what the reader may fetch at once. */
const pageSize = 1_000;

/** Properties as they were sent; `ts` once more in milliseconds, to go on from. */
const columns = `org_id, site_id, event_id, type, event_name, user_id, anonymous_id, session_id, ts, received_at, properties_raw,
  context, ip, user_agent, toUnixTimestamp64Milli(ts) AS position`;
const query = `
  SELECT ${columns} FROM events
  WHERE user_id = {user:String} AND (ts, event_id) > (fromUnixTimestamp64Milli({position:Int64}), {id:UUID})
  ORDER BY ts, event_id LIMIT ${pageSize}`;

const row = z.looseObject({ event_id: z.string(), position: z.int(), properties_raw: z.string() });
type Row = z.output<typeof row>;
const beginning: Row = { event_id: '00000000-0000-0000-0000-000000000000', position: 0, properties_raw: '' };

const lineOf = ({ position: _position, properties_raw: properties, ...event }: Row): string =>
  `${JSON.stringify(event).slice(0, -1)},"properties":${properties}}\n`;

/** Lists a person's events, page by page, in each organization by its own row policy. */
@Injectable()
export class OwnEventsService {
  constructor(
    @Inject(Analytics) private readonly analytics: Analytics,
    @Inject(USERS_URL) private readonly usersUrl: string,
  ) {}

  /** Resolves when it is known where to look. */
  async export({ userId }: Principal): Promise<FileBody> {
    return this.eventsOf(userId, await ownOrganizations(this.usersUrl));
  }

  private async *eventsOf(userId: string, orgIds: readonly string[]): FileBody {
    for (const orgId of orgIds) yield* this.eventsIn(orgId, userId);
  }

  private async *eventsIn(orgId: string, userId: string): FileBody {
    let last: Row | undefined = beginning;
    while (last) {
      const parameters = { user: userId, position: last.position, id: last.event_id };
      const page = z.array(row).parse(await this.analytics.rows({ orgId, query, parameters }));
      yield page.map(lineOf).join('');
      last = page.length === pageSize ? page.at(-1) : undefined;
    }
  }
}
