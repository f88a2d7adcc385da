import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The SQL that a migration would run, without a database. @throws Error where it does more than send SQL */
export async function recordStatements(migration: MigrationInterface): Promise<string[]> {
  const statements: string[] = [];
  const nothing: QueryRunner = Object.create(null);
  const recorder = new Proxy(nothing, {
    get: (_nothing, property) => {
      if (property !== 'query') throw new Error(`uses ${String(property)} of the query runner: only what goes through query() can be checked`);
      return (sql: string) => {
        statements.push(sql);
        return Promise.resolve([]);
      };
    },
  });
  await migration.up(recorder);
  return statements;
}
