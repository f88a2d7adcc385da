import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../context/index.js';
import { RecurringJob } from '../jobs/index.js';
import { Database } from './database.js';
import { idempotencyMemory } from './idempotency.js';

const hour = 3_600_000;
/** Rows in one statement, so that none is long. */
const batchSize = 5_000;

/** Forgets answers that no retry will be given any more: the next request of the same caller would, but may never come. */
@Injectable()
export class IdempotencyRetention extends RecurringJob {
  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: hour, failure: 'Old idempotency keys could not be deleted.' });
  }

  /** Nothing where the service has no such table. Instances that run at once share the work. */
  async run(): Promise<void> {
    const { dataSource } = this.database;
    const [table] = await dataSource.query<{ exists: boolean }[]>(`select to_regclass('idempotency_keys') is not null as exists`);
    let deleted = table?.exists ? batchSize : 0;
    while (deleted === batchSize) {
      [, deleted] = await dataSource.query<[unknown[], number]>(
        `delete from idempotency_keys where (principal, route, key) in
           (select principal, route, key from idempotency_keys where created_at < now() - $1::interval limit $2)`,
        [idempotencyMemory, batchSize],
      );
    }
  }
}
