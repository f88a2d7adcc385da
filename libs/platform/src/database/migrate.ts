import type { DataSource } from 'typeorm';

/** Any constant: one key per purpose, so that two migrating tasks of one database take turns. */
const migrationLock = 4_071_983;

/**
 * Runs the service's pending migrations as its owner; two at once take turns.
 *
 * @returns names of the migrations that were run
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  await dataSource.initialize();
  try {
    const guard = dataSource.createQueryRunner();
    await guard.query('select pg_advisory_lock($1, hashtext(current_user))', [migrationLock]);
    try {
      const done = await dataSource.runMigrations();
      return done.map((migration) => migration.name);
    } finally {
      await guard.query('select pg_advisory_unlock($1, hashtext(current_user))', [migrationLock]);
      await guard.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
