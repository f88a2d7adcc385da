import { contraction, type Finding } from './finding.js';

// ClickHouse's dialect has no parser of its own outside the server: statements are told by their first words, which it
// fixes, after comments and texts are gone.
const plain = (sql: string): string =>
  sql
    .replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/'(?:[^'\\]|\\.|'')*'/g, "''")
    .replaceAll(/[`"]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Parts between commas that are in no brackets. */
function parts(list: string): string[] {
  const found = [''];
  let depth = 0;
  for (const character of list) {
    if (character === '(' || character === '[') depth += 1;
    if (character === ')' || character === ']') depth -= 1;
    if (character === ',' && depth === 0) found.push('');
    else found[found.length - 1] += character;
  }
  return found.map((part) => part.trim());
}

const lastName = (expression: string): string => /(\w+)$/.exec(expression)?.[1] ?? expression;

/** What ClickHouse's migrations do, one after another, that code of the release before may not survive. */
export class ClickHouseHistory {
  private readonly tables = new Set<string>();
  private readonly views = new Map<string, readonly string[]>();

  /** Findings in the next migration. */
  next(statements: readonly string[]): Finding[] {
    const known = new Set(this.tables);
    return statements.map(plain).flatMap((sql) => {
      const created = /^CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)/i.exec(sql)?.[1];
      if (created) this.tables.add(created);
      return [...this.whole(sql, known), ...this.altered(sql, known), ...this.view(sql)];
    });
  }

  private whole(sql: string, known: ReadonlySet<string>): Finding[] {
    const gone = /^(DROP|TRUNCATE|DETACH|RENAME|EXCHANGE|UNDROP)(?: (TABLE|TABLES|VIEW|DATABASE|DICTIONARY|FUNCTION|COLUMN))?(?: IF EXISTS)? ([\w.]+)/i.exec(sql);
    const [, verb = '', , name = ''] = gone ?? [];
    if (!gone || (this.tables.has(name) && !known.has(name))) return [];
    return [contraction(name, `${verb.toUpperCase()} takes it from earlier code`)];
  }

  private altered(sql: string, known: ReadonlySet<string>): Finding[] {
    const [, table = '', commands = ''] = /^ALTER TABLE ([\w.]+)(?: ON CLUSTER \S+)? (.*)$/i.exec(sql) ?? [];
    if (!known.has(table)) return [];
    return parts(commands).flatMap((command) => {
      const [, verb = '', column = '', rest = ''] = /^(DROP|RENAME|CLEAR|MODIFY|ALTER) COLUMN (?:IF EXISTS )?(\w+)(.*)$/i.exec(command) ?? [];
      if (/^(DELETE|UPDATE) /i.test(command) || /^(DROP|DETACH|REPLACE|MOVE) PART/i.test(command)) return [contraction(table, `${command.split(' ')[0]} changes its rows`)];
      if (/^ADD CONSTRAINT/i.test(command)) return [contraction(table, "gets a constraint that earlier code doesn't know of")];
      // How a column is kept, not what it is.
      if (!verb || (/MODIFY|ALTER/i.test(verb) && /^ (CODEC|COMMENT|TTL|DEFAULT|MATERIALIZED|REMOVE|MODIFY SETTING|RESET SETTING)\b/i.test(rest))) return [];
      return [contraction(`${table}.${column}`, `${verb.toUpperCase()} COLUMN takes it from earlier code, or changes what it is`)];
    });
  }

  private view(sql: string): Finding[] {
    const [, name = '', list = ''] = /^CREATE (?:OR REPLACE )?(?:MATERIALIZED )?VIEW (?:IF NOT EXISTS )?([\w.]+) .*?\bAS SELECT (?:DISTINCT )?(.*?) FROM /i.exec(sql) ?? [];
    if (!name) return [];
    const columns = parts(list).map(lastName);
    const gone = (this.views.get(name) ?? []).filter((column) => !columns.includes(column));
    this.views.set(name, columns);
    return gone.length > 0 ? [contraction(name, `no longer answers ${gone.join(', ')}`)] : [];
  }
}
