import type pg from 'pg';
import type { PostgresManifest } from '../manifest.js';
import { schemas } from '../services.js';
import { quoteName } from './tables.js';

type Partition = PostgresManifest['partitions'][number];

/** Partitions that services made as time went by; names are `<schema>.<table>`, bounds as `attach partition` takes them. */
export async function listPartitions(client: pg.ClientBase): Promise<Partition[]> {
  const { rows } = await client.query<Partition>(
    `select n.nspname || '.' || c.relname as name, pn.nspname || '.' || parent.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_inherits i on i.inhrelid = c.oid join pg_class parent on parent.oid = i.inhparent join pg_namespace pn on pn.oid = parent.relnamespace
     where n.nspname = any($1) and c.relispartition and c.relkind = 'r' order by 1`,
    [schemas],
  );
  return rows;
}

const policiesSql = `
  select format('create policy %I on ', p.polname) as head,
    ' ' || case when p.polpermissive then 'as permissive' else 'as restrictive' end
    || ' for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
    || ' to ' || (select string_agg(case when role = 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', ') from unnest(p.polroles) role)
    || coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') as tail
  from pg_policy p where p.polrelid = $1::regclass`;

/** Makes those that are not there, with the owner, row-level security and policies of their table; nobody is granted a way around that. */
export async function addPartitions(client: pg.ClientBase, partitions: readonly Partition[]): Promise<void> {
  const there = new Set((await listPartitions(client)).map(({ name }) => name));
  for (const { name, parent, bound } of partitions) {
    if (there.has(name)) continue;
    const [part, whole] = [quoteName(name), quoteName(parent)];
    const { rows } = await client.query<{ owner: string }>(`select relowner::regrole::text as owner from pg_class where oid = $1::regclass`, [whole]);
    const policies = await client.query<{ head: string; tail: string }>(policiesSql, [whole]);
    await client.query(`
      create table ${part} (like ${whole} including defaults including constraints including generated);
      alter table ${part} owner to ${rows[0]?.owner};
      alter table ${part} enable row level security, force row level security;
      ${policies.rows.map(({ head, tail }) => `${head}${part}${tail};`).join('\n')}
      alter table ${whole} attach partition ${part} ${bound};`);
  }
}
