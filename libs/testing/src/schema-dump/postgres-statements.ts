/**
 * Queries that give a schema's definition back as statements, `{statement}` a row, in an order that depends on names
 * alone. `$1` is the schema. PostgreSQL writes the definitions itself (pg_get_…); we put them in order.
 */

/** Without TypeORM's own account of what ran, and partitions, which jobs make month by month. */
const ours = `c.relnamespace = $1::regnamespace and not c.relispartition
  and c.relname not in ('migrations', 'migrations_id_seq')`;

/**
 * Functions that tables need in columns, checks or indexes stand before them, all others after; those that another one's
 * body is bound to (RETURN, BEGIN ATOMIC) before that one.
 */
const functionsSql = (early: boolean) => `
  with recursive uses (root, function, depth) as (
    select p.oid, p.oid, 0 from pg_proc p where p.pronamespace = $1::regnamespace and p.prokind in ('f', 'p')
    union all
    select uses.root, q.oid, uses.depth + 1
    from uses
    join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = uses.function and d.refclassid = 'pg_proc'::regclass and d.refobjid <> d.objid
    join pg_proc q on q.oid = d.refobjid and q.pronamespace = $1::regnamespace
  ), placed as (
    select function, max(depth) as depth, bool_or(exists (
      select from pg_depend d
      where d.refclassid = 'pg_proc'::regclass and d.refobjid = root
        and d.classid in ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_class'::regclass))) as early
    from uses group by function
  )
  select pg_get_functiondef(function) || ';' as statement from placed where early = ${early}
  order by depth desc, function::regprocedure::text collate "C"`;

const columnSql = `
  '  ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
  || case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation else '' end
  || case when a.attidentity <> '' then ' generated ' || case a.attidentity when 'a' then 'always' else 'by default' end
            || (select format(' as identity (start with %s minvalue %s increment by %s)', s.seqstart, s.seqmin, s.seqincrement)
                from pg_sequence s join pg_depend q on q.objid = s.seqrelid and q.deptype = 'i' where q.refobjid = a.attrelid and q.refobjsubid = a.attnum)
          when a.attgenerated <> '' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ')' || case a.attgenerated when 's' then ' stored' else ' virtual' end
          when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid)
          else '' end
  || case when a.attnotnull then ' not null' else '' end`;

const tablesSql = `
  select 'create ' || case c.relpersistence when 'u' then 'unlogged ' else '' end || 'table ' || c.oid::regclass || E' (\\n'
    || (select string_agg(part, E',\\n' order by place, name collate "C") from (
          select a.attnum as place, '' as name, ${columnSql} as part
          from pg_attribute a
          join pg_type t on t.oid = a.atttypid
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          union all
          select 2000 + position(k.contype::text in 'puxc'), k.conname, '  constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
          from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'x', 'c')) parts)
    || E'\\n)'
    || case c.relkind when 'p' then ' partition by ' || pg_get_partkeydef(c.oid) else '' end
    || case when c.reloptions is not null then ' with (' || array_to_string(c.reloptions, ', ') || ')' else '' end || ';' as statement
  from pg_class c
  where ${ours} and c.relkind in ('r', 'p') 
  order by c.relname collate "C"`;

const foreignKeysSql = `
  select 'alter table ' || c.oid::regclass || ' add constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) || ';' as statement
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where ${ours} and k.contype = 'f' and k.conparentid = 0
  order by c.relname collate "C", k.conname collate "C"`;

const indexesSql = `
  select pg_get_indexdef(i.indexrelid) || ';' as statement
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
  where ${ours} and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  order by c.relname collate "C", x.relname collate "C"`;

const statisticsSql = `
  select pg_get_statisticsobjdef(s.oid) || ';' as statement
  from pg_statistic_ext s where s.stxnamespace = $1::regnamespace order by s.stxname collate "C"`;

const viewsSql = `
  select 'create ' || case c.relkind when 'm' then 'materialized ' else '' end || 'view ' || c.oid::regclass
    || case when c.reloptions is not null then ' with (' || array_to_string(c.reloptions, ', ') || ')' else '' end
    || E' as\\n' || pg_get_viewdef(c.oid, true) as statement
  from pg_class c where ${ours} and c.relkind in ('v', 'm') order by c.relname collate "C"`;

const triggersSql = `
  select pg_get_triggerdef(g.oid) || ';' as statement
  from pg_trigger g join pg_class c on c.oid = g.tgrelid
  where ${ours} and not g.tgisinternal order by c.relname collate "C", g.tgname collate "C"`;

const rowSecuritySql = `
  select 'alter table ' || c.oid::regclass || ' ' || word || ' row level security;' as statement
  from pg_class c cross join lateral (values (1, 'enable', c.relrowsecurity), (2, 'force', c.relforcerowsecurity)) as flags (place, word, held)
  where ${ours} and held order by c.relname collate "C", place`;

const policiesSql = `
  select 'create policy ' || quote_ident(p.polname) || ' on ' || c.oid::regclass
    || case when p.polpermissive then '' else ' as restrictive' end
    || case p.polcmd when 'r' then ' for select' when 'a' then ' for insert' when 'w' then ' for update' when 'd' then ' for delete' else '' end
    || case when p.polroles = '{0}' then '' else ' to ' || (select string_agg(role::regrole::text, ', ' order by role::regrole::text collate "C") from unnest(p.polroles) role) end
    || case when p.polqual is null then '' else E'\\n  using (' || pg_get_expr(p.polqual, p.polrelid) || ')' end
    || case when p.polwithcheck is null then '' else E'\\n  with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')' end || ';' as statement
  from pg_policy p join pg_class c on c.oid = p.polrelid
  where ${ours} order by c.relname collate "C", p.polname collate "C"`;

const grantsSql = `
  select 'grant ' || string_agg(lower(acl.privilege_type) || columns, ', ' order by acl.privilege_type collate "C", columns collate "C")
    || ' on ' || thing || ' to ' || case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end || ';' as statement
  from (
    select c.oid::regclass::text as thing, '' as columns, c.relowner as owner, c.relacl as rights from pg_class c where ${ours}
    union all
    select c.oid::regclass::text, ' (' || quote_ident(a.attname) || ')', c.relowner, a.attacl
    from pg_class c join pg_attribute a on a.attrelid = c.oid where ${ours} and a.attacl is not null
  ) granted cross join lateral aclexplode(rights) acl
  where acl.grantee <> owner
  group by thing, acl.grantee
  order by thing collate "C", acl.grantee::regrole::text collate "C"`;

/** Functions run for everybody unless that is taken away; those of another role run with its rights. */
const functionRightsSql = `
  select unnest(array[
      case when p.proowner <> n.nspowner then 'alter function ' || p.oid::regprocedure || ' owner to ' || p.proowner::regrole || ';' end,
      case when p.proacl is not null and not exists (select from aclexplode(p.proacl) where grantee = 0)
        then 'revoke all on function ' || p.oid::regprocedure || ' from public;' end
    ] || array(select 'grant execute on function ' || p.oid::regprocedure || ' to ' || acl.grantee::regrole || ';'
        from aclexplode(p.proacl) acl where acl.grantee not in (0, p.proowner) order by acl.grantee::regrole::text collate "C")) as statement
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.pronamespace = $1::regnamespace
  order by p.oid::regprocedure::text collate "C"`;

const commentsSql = `
  select 'comment on ' || thing || ' is ' || quote_literal(said) || ';' as statement from (
    select c.relname as place, case c.relkind when 'v' then 'view ' when 'i' then 'index ' else 'table ' end || c.oid::regclass as thing, obj_description(c.oid, 'pg_class') as said
    from pg_class c where ${ours}
    union all
    select c.relname, 'column ' || c.oid::regclass || '.' || quote_ident(a.attname), col_description(c.oid, a.attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid where ${ours} and a.attnum > 0
    union all
    select p.proname, 'function ' || p.oid::regprocedure, obj_description(p.oid, 'pg_proc') from pg_proc p where p.pronamespace = $1::regnamespace
  ) described where said is not null order by place collate "C", thing collate "C"`;

/** What none of the queries here gives back: it must not be left out in silence. */
export const unknownSql = `
  select 'relation ' || c.oid::regclass as what from pg_class c where ${ours} and c.relkind not in ('r', 'p', 'i', 'I', 'v', 'm', 't')
    -- The sequence of an identity column is made with it.
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i' and c.relkind = 'S')
  union all
  select 'type ' || t.oid::regtype from pg_type t where t.typnamespace = $1::regnamespace and t.typtype in ('e', 'd', 'r')
  union all
  select 'aggregate ' || p.oid::regprocedure from pg_proc p where p.pronamespace = $1::regnamespace and p.prokind not in ('f', 'p')
  union all
  select 'rule ' || r.rulename from pg_rewrite r join pg_class c on c.oid = r.ev_class where ${ours} and r.rulename <> '_RETURN'`;

const schemaRightsSql = `
  select 'grant ' || string_agg(lower(acl.privilege_type), ', ' order by acl.privilege_type collate "C") || ' on schema ' || n.nspname || ' to ' || acl.grantee::regrole || ';' as statement
  from pg_namespace n cross join lateral aclexplode(n.nspacl) acl
  where n.oid = $1::regnamespace and acl.grantee not in (0, n.nspowner)
  group by n.nspname, acl.grantee order by acl.grantee::regrole::text collate "C"`;

export const statementsInOrder: readonly (readonly [title: string, sql: string])[] = [
  ['Rights of the schema', schemaRightsSql],
  ['Functions that tables need', functionsSql(true)],
  ['Tables', tablesSql],
  ['Foreign keys', foreignKeysSql],
  ['Indexes', indexesSql],
  ['Statistics', statisticsSql],
  ['Views', viewsSql],
  ['Functions', functionsSql(false)],
  ['Triggers', triggersSql],
  ['Row-level security', rowSecuritySql],
  ['Policies', policiesSql],
  ['Rights', grantsSql],
  ['Rights of functions', functionRightsSql],
  ['Comments', commentsSql],
];
