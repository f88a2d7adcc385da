import { describe, expect, it } from 'vitest';
import { conditionOf, containsPattern, holderConditionOf, isWholeOrganization } from './user-filter.js';

describe('a filter of people', () => {
  it('always starts with the organization, and leaves removed people out', () => {
    expect(conditionOf({ scope: 'all' }, 'o')).toEqual({ sql: `m.org_id = $1 and m.status <> 'removed'`, values: ['o'] });
  });

  it('binds every value and writes none into the SQL', () => {
    const { sql, values } = conditionOf(
      { scope: ["'s"], text: { kind: 'pattern', pattern: "'p" }, roleIds: [7], siteId: "'i", status: 'active' },
      "'o",
    );
    expect(sql).not.toContain("'");
    expect(values).toEqual(["'o", 'active', "'p", ["'s"], [7], "'i", ["'s"]]);
    expect(Math.max(...[...sql.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)))).toBe(values.length);
  });

  it('is the whole organization only without anything that narrows it but the status', () => {
    expect(isWholeOrganization({ scope: 'all', status: 'active' })).toBe(true);
    expect(isWholeOrganization({ scope: [], status: 'active' })).toBe(false);
    expect(isWholeOrganization({ scope: 'all', roleIds: [] })).toBe(false);
  });

  it('knows the role that everybody in the list must hold', () => {
    expect(holderConditionOf({ scope: 'all', status: 'active' }, 'o')).toBeUndefined();
    expect(holderConditionOf({ scope: ['s'] }, 'o')).toEqual({
      sql: 'a.org_id = $1 and a.site_id = any ($2::uuid[])',
      values: ['o', ['s']],
    });
    expect(holderConditionOf({ scope: 'all', roleIds: [2] }, 'o')).toEqual({
      sql: 'a.org_id = $1 and a.role_id = any ($2::int[])',
      values: ['o', [2]],
    });
  });

  it('takes wildcards in the text literally', () => {
    expect(containsPattern('50%_A\\')).toBe('%50\\%\\_a\\\\%');
  });
});
