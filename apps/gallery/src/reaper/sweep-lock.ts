import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

const lockRows = z.tuple([z.object({ held: z.boolean() })]);

/** Keeps two processes from the same sweep. The lock is a session's, so that no transaction stays open all the while. */
@Injectable()
export class SweepLock {
  constructor(private readonly database: Database) {}

  /** Runs `work` unless another process runs it now: undefined then. */
  async alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const session = this.database.dataSource.createQueryRunner();
    try {
      const [{ held }] = lockRows.parse(await session.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [`gallery:${name}`]));
      if (!held) return undefined;
      try {
        return await work();
      } finally {
        await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [`gallery:${name}`]);
      }
    } finally {
      await session.release();
    }
  }
}
