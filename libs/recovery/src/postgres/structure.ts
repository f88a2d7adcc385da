import type pg from 'pg';
import type { Structure } from '../manifest.js';
import { schemas } from '../services.js';

/** Rights as text, without the order in which they were granted. */
const rights = (column: string): string => `coalesce((select string_agg(item::text, ' ' order by item::text) from unnest(${column}) item), 'default')`;

const ofService = `n.nspname = any($1)`;
/** Months of partitioned tables come and go: they are checked by {@link openPartitions}. */
const ofTable = `${ofService} and not c.relispartition`;
/** Roles of the services; the administrator's name differs from server to server. */
const serviceRole = `(r.rolname = any(select s || suffix from unnest($1::text[]) s, unnest(array['_owner', '_app', '_bootstrap']) suffix))`;

/** One query a kind of thing: its name, and everything about it on which isolation or correctness rests. */
const queries: Readonly<Record<string, string>> = {
  role: `
    select r.rolname as name, concat_ws(' ', case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end,
      case when r.rolcreaterole then 'createrole' end, case when r.rolcreatedb then 'createdb' end, case when r.rolcanlogin then 'login' end,
      array_to_string(r.rolconfig, ' '),
      'of ' || (select string_agg(g.rolname, ' ' order by g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid)) as definition
    from pg_roles r where ${serviceRole}`,
  schema: `select n.nspname as name, n.nspowner::regrole::text || ' ' || ${rights('n.nspacl')} as definition from pg_namespace n where ${ofService}`,
  table: `
    select n.nspname || '.' || c.relname as name, concat_ws(' ', c.relkind, c.relowner::regrole,
      case when c.relrowsecurity then 'row security' end, case when c.relforcerowsecurity then 'forced' end, ${rights('c.relacl')},
      pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid)) as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ofTable} and c.relkind in ('r', 'p', 'v', 'm', 'S')`,
  column: `
    select n.nspname || '.' || c.relname || '.' || a.attname as name, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation,
      case when a.attnotnull then 'not null' end, nullif(a.attidentity, ''), nullif(a.attgenerated, ''), pg_get_expr(d.adbin, d.adrelid), ${rights('a.attacl')}) as definition
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where ${ofTable} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
  policy: `
    select n.nspname || '.' || c.relname || '.' || p.polname as name, concat_ws(' ', p.polcmd, case when not p.polpermissive then 'restrictive' end,
      (select string_agg(case when role = 0 then 'public' else role::regrole::text end, ' ' order by role) from unnest(p.polroles) role),
      'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid)) as definition
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where ${ofTable}`,
  constraint: `
    select n.nspname || '.' || c.relname || '.' || k.conname as name, pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' not valid' end as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace where ${ofTable}`,
  index: `
    select n.nspname || '.' || c.relname as name, pg_get_indexdef(c.oid) || case when i.indisvalid then '' else ' not valid' end as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where ${ofTable}`,
  trigger: `
    select n.nspname || '.' || c.relname || '.' || t.tgname as name, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where ${ofTable} and not t.tgisinternal`,
  function: `
    select p.oid::regprocedure::text as name, concat_ws(' ', p.proowner::regrole, ${rights('p.proacl')}, md5(pg_get_functiondef(p.oid))) as definition
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ofService} and p.prokind in ('f', 'p')`,
  extension: `select e.extname as name, '' as definition from pg_extension e where e.extname <> 'plpgsql' and $1::text[] is not null`,
};

/** Everything of the services in the database but rows: roles, rights, tables, policies, constraints, indexes, functions. */
export async function readStructure(client: pg.ClientBase): Promise<Structure> {
  // Names come out in full.
  await client.query(`set local search_path = ''`);
  const found: Record<string, string> = {};
  for (const [kind, query] of Object.entries(queries)) {
    const { rows } = await client.query<{ name: string; definition: string }>(query, [schemas]);
    for (const { name, definition } of rows) found[`${kind} ${name}`] = definition;
  }
  return found;
}

/** Partitions that do not force row-level security though their table does: whoever were granted one would see all organizations. */
export async function openPartitions(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_inherits i on i.inhrelid = c.oid join pg_class parent on parent.oid = i.inhparent
     where ${ofService} and c.relispartition and c.relkind = 'r' and parent.relforcerowsecurity and not (c.relrowsecurity and c.relforcerowsecurity
       and exists (select from pg_policy p where p.polrelid = c.oid))`,
    [schemas],
  );
  return rows.map(({ name }) => name);
}

/** How many of the structure's tables confine each session to its organization. */
export const forcedTables = (structure: Structure): number =>
  Object.entries(structure).filter(([name, definition]) => name.startsWith('table ') && definition.includes(' row security forced ')).length;
