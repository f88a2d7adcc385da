import type { Gallery } from './gallery.js';

/** Keeps what is told, which the relay removes from the outbox as soon as it is sent. */
export async function recordTold({ engines }: Gallery): Promise<void> {
  await engines.database.superuser.query(`
    create table public.told (at bigint generated always as identity, payload json);
    create function public.record_told() returns trigger language plpgsql security definer as $$
      begin insert into public.told (payload) values (new.payload); return new; end $$;
    create trigger record_told after insert on gallery.outbox for each row execute function public.record_told();`);
}

/** Types of the domain events that an asset was told by, in order. */
export async function eventsOf({ engines }: Gallery, assetId: string): Promise<string[]> {
  const sql = `select payload->>'type' as what from public.told where payload->>'type' like 'asset.%' and payload->'data'->>'asset_id' = $1 order by at`;
  return (await engines.database.superuser.query<{ what: string }>(sql, [assetId])).rows.map(({ what }) => what);
}

/** Actions of the entries in the audit log about a thing, in order. */
export async function auditOf({ engines }: Gallery, resourceId: string): Promise<string[]> {
  const sql = `select payload->'data'->>'action' as what from public.told
    where payload->>'type' = 'audit.recorded' and payload->'data'->'resource'->>'id' = $1 order by at`;
  return (await engines.database.superuser.query<{ what: string }>(sql, [resourceId])).rows.map(({ what }) => what);
}
