import { createHash } from 'node:crypto';
import type { MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { eventsEndpoints } from '@atrium/contracts/events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Analytics } from './analytics.js';
import { type QueryTurns, SQL_TURNS } from './query-turns.js';
import { toSqlError } from './sql-error.js';
import { requireHarmless, requireHarmlessParameters } from './sql-guard.js';

type Answer = OutputOf<typeof eventsEndpoints.queryBySql>;
type Parameters = Readonly<Record<string, string | number | boolean>>;

const answer = z.object({
  meta: z.array(z.object({ name: z.string(), type: z.string() })),
  data: z.array(z.record(z.string(), z.unknown())),
  rows: z.int(),
});

/** Integers of 64 bits and more leave as texts: JSON numbers would lose their last digits. */
const settings = {
  default_format: 'JSON',
  output_format_json_quote_64bit_integers: 1,
  max_result_rows: 10_000,
  max_result_bytes: 16_777_216,
  result_overflow_mode: 'throw',
};

/** Runs analysts' SQL, as a user to whom the database shows one organization. */
@Injectable()
export class SqlService {
  constructor(
    @Inject(Analytics) private readonly analytics: Analytics,
    @Inject(SQL_TURNS) private readonly turns: QueryTurns,
    @Inject(Database) private readonly database: Database,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  /** Throws VALIDATION_ERROR for what is wrong with the query or too much, RATE_LIMITED, UPSTREAM_UNAVAILABLE. */
  async query(
    { orgId }: MemberPrincipal,
    body: { readonly query: string; readonly params?: Parameters },
  ): Promise<Answer> {
    return this.recorded(orgId, body.query, () => this.run(orgId, body));
  }

  private run(orgId: string, body: { readonly query: string; readonly params?: Parameters }): Promise<Answer> {
    return this.inTurn(orgId, async () => {
      requireHarmless(await this.analytics.formatted(orgId, body.query));
      const parameters = body.params ?? {};
      requireHarmlessParameters(parameters);
      const text = await this.analytics.run({ orgId, query: body.query, parameters, settings });
      const { meta, data, rows } = answer.parse(JSON.parse(text));
      return { columns: meta, data, rows };
    });
  }

  /** No answer leaves that the audit log doesn't know of. The query's text may hold personal data, so its hash stands for it. */
  private async recorded(orgId: string, query: string, work: () => Promise<Answer>): Promise<Answer> {
    const begun = performance.now();
    const record = (outcome: 'success' | 'failure', more: { readonly rows: number } | { readonly code: string }) => {
      const details = { query_sha256: createHash('sha256').update(query).digest('hex'), elapsed_ms: Math.round(performance.now() - begun), ...more };
      return this.database.inTenant(orgId, (tx) => this.audit.inOrganization(tx, { action: 'events.queried_sql', outcome, details }));
    };
    try {
      const answer = await work();
      await record('success', { rows: answer.rows });
      return answer;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'VALIDATION_ERROR') await record('failure', { code: error.code });
      throw error;
    }
  }

  private inTurn<T>(orgId: string, work: () => Promise<T>): Promise<T> {
    return this.turns.take(orgId, () => work().catch((error: unknown) => Promise.reject(toSqlError(error))));
  }
}
