import type { Database } from '../database/index.js';
import { z } from 'zod';
import { checkedSchema } from './service-schema.js';

const claimedRow = z.object({
  id: z.string(),
  destinations: z.array(z.string()),
  payload: z.string(),
  attempts: z.number(),
});
export type OutboxRow = z.output<typeof claimedRow>;

const statsRow = z.object({ pending: z.coerce.number(), oldest_seconds: z.number(), parked: z.coerce.number() });
export type OutboxStats = z.output<typeof statsRow>;

/** What the relay may do with outbox rows. */
export class OutboxStore {
  private readonly schema: string;

  constructor(
    private readonly database: Database,
    schema: string,
  ) {
    this.schema = checkedSchema(schema);
  }

  /** Leases up to `max` due rows; other relays don't see them until the lease ends. */
  async claim(max: number, leaseMs: number): Promise<OutboxRow[]> {
    return z.array(claimedRow).parse(await this.call('outbox_claim($1, $2)', [max, interval(leaseMs)]));
  }

  async done(ids: readonly string[]): Promise<void> {
    await this.call('outbox_done($1)', [ids]);
  }

  /** Leaves the row to a later claim, for the destinations that have not acknowledged it. */
  async retry(id: string, remaining: readonly string[], delayMs: number): Promise<void> {
    await this.call('outbox_retry($1, $2, $3)', [id, remaining, interval(delayMs)]);
  }

  /** Sets the row aside for good, with the reason. */
  async park(id: string, remaining: readonly string[], reason: string): Promise<void> {
    await this.call('outbox_park($1, $2, $3)', [id, remaining, reason]);
  }

  async stats(): Promise<OutboxStats> {
    const [row] = z.array(statsRow).parse(await this.call('outbox_stats()', []));
    return row ?? { pending: 0, oldest_seconds: 0, parked: 0 };
  }

  /** One statement is its own transaction; it needs no tenant, since the functions act as the owner. */
  private call(invocation: string, parameters: readonly unknown[]): Promise<unknown> {
    const name = `${this.schema}-${invocation.slice(0, invocation.indexOf('('))}`;
    return this.database.statement(`select * from ${this.schema}.${invocation}`, parameters, name);
  }
}

const interval = (milliseconds: number): string => `${Math.ceil(milliseconds)} milliseconds`;
