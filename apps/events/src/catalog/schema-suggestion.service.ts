import type { MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { Database } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from '../queries/analytics.js';
import { whereOf } from '../queries/event-filter.js';
import { SqlParameters } from '../queries/sql-parameters.js';
import { EventSchemaRepository } from './event-schema.repository.js';
import { inferSchema } from './infer-schema.js';

type Endpoints = typeof eventsEndpoints;
interface Question {
  readonly days: number;
  readonly event?: string;
  readonly site_id?: string | undefined;
}

const sampleSize = 1_000;
const day = 86_400_000;

const counted = z.tuple([z.object({ seen: z.int() })]);
const sampled = z.array(z.object({ properties: z.record(z.string(), z.unknown()) }));
const named = z.array(z.object({ event: z.string(), count: z.int(), last_seen: z.int() }));

/** Reads out of the stored events what the catalog could say of them. */
@Injectable()
export class SchemaSuggestionService {
  constructor(
    @Inject(Analytics) private readonly analytics: Analytics,
    @Inject(Database) private readonly database: Database,
    @Inject(EventSchemaRepository) private readonly schemas: EventSchemaRepository,
  ) {}

  /** Throws NOT_FOUND where no such event came in. */
  async suggest(principal: MemberPrincipal, query: Question & { readonly event: string }): Promise<OutputOf<Endpoints['suggestSchema']>> {
    const { orgId } = principal;
    const { where, parameters } = this.window(principal, query);
    const count = `SELECT count() AS seen FROM events WHERE ${where}`;
    // By a hash of the id, which picks evenly over the time.
    const sample = `SELECT properties FROM events WHERE ${where} ORDER BY sipHash64(event_id) LIMIT ${sampleSize}`;
    const [[{ seen }], rows] = await Promise.all([
      this.analytics.rows({ orgId, query: count, parameters }).then((found) => counted.parse(found)),
      this.analytics.rows({ orgId, query: sample, parameters }).then((found) => sampled.parse(found)),
    ]);
    if (rows.length === 0) throw notFound('event');
    const schema = inferSchema(rows.map(({ properties }) => properties));
    return { event: query.event, days: query.days, sample_size: rows.length, seen, schema };
  }

  async uncatalogued(principal: MemberPrincipal, query: Question): Promise<OutputOf<Endpoints['listUncataloguedEvents']>> {
    const { orgId } = principal;
    const known = await this.database.inTenant(orgId, (tx) => this.schemas.list(tx));
    const { where, parameters } = this.window(principal, query);
    // As many more as the catalog may take away.
    const select = `SELECT event_name AS event, count() AS count, toUnixTimestamp64Milli(max(ts)) AS last_seen
      FROM events WHERE ${where} GROUP BY event_name ORDER BY count DESC, event LIMIT ${1_000 + known.length}`;
    const names = new Set(known.map(({ name }) => name));
    const found = named.parse(await this.analytics.rows({ orgId, query: select, parameters }));
    const data = found.filter(({ event }) => !names.has(event)).slice(0, 1_000);
    return { data: data.map((one) => ({ ...one, last_seen: new Date(one.last_seen).toISOString() })) };
  }

  private window(principal: MemberPrincipal, { days, event, site_id }: Question) {
    const now = Date.now();
    const [from, to] = [new Date(now - days * day).toISOString(), new Date(now + day).toISOString()];
    const parameters = new SqlParameters();
    const where = whereOf(principal, { from, to, event, site_id }, parameters);
    return { where, parameters: parameters.values };
  }
}
