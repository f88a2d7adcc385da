import { readFileSync } from 'node:fs';
import type { ClickHouse } from './clickhouse.js';

export interface ClickHousePasswords {
  readonly migrator: string;
  readonly writer: string;
  readonly reader: string;
}

/** The same from `src` and from `dist`. */
const script = new URL('../../src/clickhouse/users.sql', import.meta.url);

/** Makes the users, grants and row policies of `users.sql` as the server's administrator; safe to repeat. */
export async function provisionClickHouse(administrator: Pick<ClickHouse, 'run'>, passwords: ClickHousePasswords): Promise<void> {
  for (const query of provisioningStatements(passwords)) await administrator.run({ query });
}

/** Users that exist keep their grants and get the password, which may have been changed in the secret. */
export function provisioningStatements(passwords: ClickHousePasswords): string[] {
  const statements = readFileSync(script, 'utf8')
    .replaceAll(/^ *--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean);
  const users = Object.entries(passwords);
  const made = statements.map((statement) => {
    const user = users.find(([name]) => statement.startsWith(`CREATE USER IF NOT EXISTS ${name} `));
    return user ? statement.replace(/BY 'replace-me-\d'/, () => `BY ${quotedText(user[1])}`) : statement;
  });
  return [...made, ...users.map(([name, password]) => `ALTER USER ${name} IDENTIFIED WITH sha256_password BY ${quotedText(password)}`)];
}

/** A text of ClickHouse's SQL. */
export const quotedText = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
