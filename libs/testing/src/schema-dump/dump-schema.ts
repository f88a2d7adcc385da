import type { ClientBase } from 'pg';
import { statementsInOrder, unknownSql } from './postgres-statements.js';

/**
 * The definition of a schema as SQL that makes it again: the same for the same migrations, whatever else ran.
 *
 * @param client may see everything, e.g. the superuser
 * @throws Error where the schema has something that the dump doesn't know
 */
export async function dumpPostgresSchema(client: ClientBase, schema: string): Promise<string> {
  // With nothing in the path every name is written whole.
  await client.query(`set search_path = ''`);
  try {
    const unknown = await client.query<{ what: string }>(unknownSql, [schema]);
    if (unknown.rows.length > 0) throw new Error(`The dump knows nothing of ${unknown.rows.map(({ what }) => what).join(', ')}`);
    const parts = [`create schema ${schema} authorization ${schema}_owner;\nset role ${schema}_owner;`];
    for (const [title, sql] of statementsInOrder) {
      const { rows } = await client.query<{ statement: string | null }>(sql, [schema]);
      const statements = rows.flatMap(({ statement }) => statement ?? []);
      if (statements.length > 0) parts.push(`-- ${title}`, statements.map(tidy).join(statements.some((statement) => statement.includes('\n')) ? '\n\n' : '\n'));
    }
    return `${[...parts, 'reset role;'].join('\n\n')}\n`;
  } finally {
    await client.query('reset search_path');
  }
}

/** Bodies of functions are as the migrations wrote them: no spaces at their lines' ends, no empty lines twice. */
const tidy = (statement: string): string => statement.replaceAll(/[ \t]+$/gm, '').replaceAll(/\n{3,}/g, '\n\n').trim();

interface ClickHouseReader {
  rows(request: { readonly query: string; readonly settings: { readonly database: string } }): Promise<unknown[]>;
}

/** Tables and views of ClickHouse's databases, as it writes them itself. */
export async function dumpClickHouse(clickHouse: ClickHouseReader, databases: readonly string[]): Promise<string> {
  const names = databases.map((name) => `'${name}'`).join(', ');
  const rows = await clickHouse.rows({
    query: `SELECT formatQuery(create_table_query) AS statement FROM system.tables WHERE database IN (${names}) AND name != 'migrations' ORDER BY engine LIKE '%View', database, name`,
    settings: { database: 'default' },
  });
  const statements = rows.map((row) => (typeof row === 'object' && row !== null ? String(Reflect.get(row, 'statement')) : ''));
  return `${[...databases.map((name) => `CREATE DATABASE ${name};`), ...statements.map((statement) => `${tidy(statement)};`)].join('\n\n')}\n`;
}
