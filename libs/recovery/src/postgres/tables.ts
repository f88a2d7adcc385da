import pg from 'pg';
import { schemas } from '../services.js';

export interface Table {
  /** `<schema>.<name>` */
  readonly name: string;
  /** Quoted, for SQL. */
  readonly sql: string;
  readonly owner: string;
  readonly forced: boolean;
  /** Quoted names of the columns that are stored as given: not those that PostgreSQL computes. */
  readonly columns: string;
}

/** Tables of the services, partitioned ones as a whole. */
export async function listTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as sql,
       c.relowner::regrole::text as owner, c.relforcerowsecurity as forced,
       (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
     order by 1`,
    [schemas],
  );
  return rows;
}

/** Position of each sequence; null where it was never used. */
export async function readSequences(client: pg.ClientBase): Promise<Record<string, string | null>> {
  const { rows } = await client.query<{ name: string; position: string | null }>(
    `select schemaname || '.' || sequencename as name, last_value::text as position from pg_sequences where schemaname = any($1)`,
    [schemas],
  );
  return Object.fromEntries(rows.map(({ name, position }) => [name, position]));
}

/** Texts of values that don't depend on the session: checksums and files are made of them. */
export const plainTexts = `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex';`;

/**
 * For an administrator who is no superuser, as those of managed databases are: lifts the forcing, as the owners of the
 * tables may. It locks every table against everybody until the transaction ends, which must be rolled back.
 */
export async function liftForcing(client: pg.ClientBase): Promise<void> {
  for (const { sql, owner, forced } of await listTables(client)) {
    if (forced) await client.query(`set local role ${owner}; alter table ${sql} no force row level security`);
  }
  await client.query('set local role none');
}

/** Throws where row-level security would hide rows from the session: counts of nothing would agree with each other. */
export async function requireSightOfAllRows(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ sees: boolean }>('select rolsuper or rolbypassrls as sees from pg_roles where rolname = current_user');
  if (!rows[0]?.sees) throw new Error('This role of PostgreSQL sees no rows of organizations: use one with BYPASSRLS, or a superuser');
}

export const quoteName = (name: string): string => name.split('.').map((part) => pg.escapeIdentifier(part)).join('.');
