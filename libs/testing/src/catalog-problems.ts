import type pg from 'pg';

/** What must hold of each table with an organization, and of each function that acts with its owner's rights. */
const checks: Readonly<Record<string, string>> = {
  'has no forced policy': `
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
    where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity
      and exists (select from pg_policy p where p.polrelid = c.oid))`,
  'has no index that leads with the organization': `
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
    where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p')
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum)`,
  'acts with rights of its owner on a search path of the caller': `
    select p.proname as name from pg_proc p where p.pronamespace = $1::regnamespace and p.prosecdef
      and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)`,
  'acts with rights of its owner for everybody': `
    select p.proname as name from pg_proc p where p.pronamespace = $1::regnamespace and p.prosecdef
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g where g.grantee = 0)`,
  'acts with the rights of a superuser': `
    select p.proname as name from pg_proc p join pg_roles r on r.oid = p.proowner
    where p.pronamespace = $1::regnamespace and p.prosecdef and (r.rolsuper or r.rolbypassrls)`,
  'belongs to the role that serves requests': `
    select c.relname as name from pg_class c where c.relnamespace = $1::regnamespace and c.relowner = ($1 || '_app')::regrole`,
};

/** Where a service's schema would let one organization reach another's rows; empty when all is well. */
export async function catalogProblems(superuser: pg.Pool, schema: string): Promise<string[]> {
  const problems: string[] = [];
  for (const [problem, sql] of Object.entries(checks)) {
    const { rows } = await superuser.query<{ name: string }>(sql, [schema]);
    problems.push(...rows.map(({ name }) => `${name} ${problem}`));
  }
  return problems;
}
