import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ClickHouse, Settings } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_READER } from '../clickhouse/clickhouse.providers.js';
import { Analytics, settingsOf } from '../queries/analytics.js';
import { type QueryTurns, SQL_TURNS } from '../queries/query-turns.js';
import { requireHarmlessParameters, requireReadOnly } from '../queries/sql-guard.js';
import type { AnalystAccount } from './analyst.repository.js';

export interface AnalystQuery {
  readonly account: AnalystAccount;
  readonly username: string;
  readonly query: string;
  /** How the answer looks. */
  readonly settings: Settings;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Seconds; the reader's own limit is the same. */
const maxSeconds = 30;
/** Milliseconds that a query waits for the others of its organization: dashboards ask all at once. */
const patience = 20_000;
/** Milliseconds; an account's use is written down once in so long. */
const hour = 3_600_000;

/** Runs tools' queries as the reader, for the organization and site of their account. */
@Injectable()
export class AnalystQueries {
  private readonly seen = new LRUCache<string, true>({ max: 10_000, ttl: hour });

  constructor(
    @Inject(Analytics) private readonly analytics: Analytics,
    @Inject(CLICKHOUSE_READER) private readonly clickHouse: ClickHouse,
    @Inject(SQL_TURNS) private readonly turns: QueryTurns,
    @Inject(Database) private readonly database: Database,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  /** `consume` gets the answer as it comes; the turn lasts until it has read it. */
  async run({ account, username, query, settings, parameters }: AnalystQuery, signal: AbortSignal, consume: (answer: Response) => Promise<void>): Promise<void> {
    const { org_id: orgId, site_id: siteId } = account;
    await this.turns.take(
      orgId,
      async () => {
        requireReadOnly(await this.analytics.formatted(orgId, query));
        requireHarmlessParameters(parameters);
        await this.recordUse(account, username);
        const scope = siteId === null ? { orgId } : { orgId, siteId };
        // Drivers send values escaped, as ClickHouse wants them.
        const values = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`param_${name}`, value]));
        const own = { ...settingsOf(scope), log_comment: username, max_execution_time: maxSeconds };
        const request = { query, settings: { ...settings, ...values, ...own } };
        await consume(await this.clickHouse.open(request, AbortSignal.any([signal, AbortSignal.timeout((maxSeconds + 5) * 1_000)])));
      },
      patience,
    );
  }

  /** Not each query: a dashboard asks thousands a day. ClickHouse's query log has them all, under the user name. */
  private async recordUse({ org_id: orgId, id, site_id }: AnalystAccount, username: string): Promise<void> {
    if (this.seen.has(id)) return;
    this.seen.set(id, true);
    const entry = { action: 'analyst.connected', resource: { type: 'analyst', id }, site_id, details: { username } };
    await this.database.inTenant(orgId, (tx) => this.audit.inOrganization(tx, entry));
  }
}
