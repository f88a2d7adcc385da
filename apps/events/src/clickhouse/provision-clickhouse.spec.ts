import { describe, expect, it } from 'vitest';
import { provisioningStatements } from './provision-clickhouse.js';

const statements = provisioningStatements({ migrator: `m'1`, writer: String.raw`w\2`, reader: '$&3' });

describe('provisioning of ClickHouse', () => {
  it('gives every user its password, whatever characters it has, and none of the script', () => {
    const text = statements.join('\n');
    expect(text).not.toContain('replace-me');
    expect(text.match(/BY 'm\\'1'/g)).toHaveLength(2);
    expect(text.match(/BY 'w\\\\2'/g)).toHaveLength(2);
    expect(text.match(/BY '\$&3'/g)).toHaveLength(2);
  });

  it('changes the password of users who exist, after everything else', () => {
    expect(statements.slice(-3).map((statement) => statement.slice(0, 19))).toEqual(['ALTER USER migrator', 'ALTER USER writer I', 'ALTER USER reader I']);
    expect(statements.slice(0, -3).some((statement) => statement.startsWith('ALTER USER'))).toBe(false);
  });
});
