import type { QueryRunner } from 'typeorm';

/**
 * Runs a migration's writes to the tables as their owner sees them without row-level security: rows of all
 * organizations, and of none. Forcing is lifted and restored in the migration's own transaction, under a lock that lets
 * nobody else at the tables meanwhile.
 */
export async function unforced(
  runner: QueryRunner,
  service: string,
  tables: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const each = (action: string): string =>
    tables.map((table) => `alter table "${service}"."${table}" ${action} row level security;`).join(' ');
  await runner.query(each('no force'));
  await work();
  await runner.query(each('force'));
}
