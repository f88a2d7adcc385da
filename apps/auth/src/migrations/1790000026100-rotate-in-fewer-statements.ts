import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RotateInOneStep1790000019000 } from './1790000019000-rotate-in-one-step.js';

/**
 * The same as before in five statements instead of nine, none of which reads more of a session than its last two tokens:
 * only the one rotated latest can have a salt, since each rotation erases that of the one before.
 */
export class RotateInFewerStatements1790000026100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function auth.rotate_refresh_token(
        presented bytea, successor bytea, successor_salt bytea, refresh_token_days integer, session_days integer)
      returns table (r_session_id uuid, r_account_id uuid, r_email text, r_org_id uuid, r_version integer, r_roles jsonb)
      language plpgsql security invoker
      set search_path = pg_catalog, pg_temp
      as $$
      declare
        live integer;
        scope text;
      begin
        select s.id, s.account_id, s.org_id into r_session_id, r_account_id, r_org_id from auth.sessions s
          where s.id = (select t.session_id from auth.refresh_tokens t where t.hash = presented)
            and s.ended_at is null and s.expires_at > now()
          for update;
        if not found or r_org_id is null then return; end if;
        scope := set_config('app.user_id', r_account_id::text, true);
        -- Under the lock, in a snapshot of its own: a parallel refresh may have rotated it until then.
        select t.generation, a.email, m.version, m.roles into live, r_email, r_version, r_roles
          from auth.refresh_tokens t, auth.accounts a, auth.memberships m
          where t.hash = presented and t.rotated_at is null
            and a.id = r_account_id and a.status = 'active'
            and m.org_id = r_org_id and m.user_id = r_account_id and m.active;
        if not found then return; end if;
        update auth.refresh_tokens t set
            rotated_at = coalesce(t.rotated_at, clock_timestamp()),
            successor_salt = case when t.generation = live then rotate_refresh_token.successor_salt end
          where t.session_id = r_session_id and t.generation in (live - 1, live)
            and (t.generation = live or t.successor_salt is not null);
        insert into auth.refresh_tokens (hash, session_id, generation) values (successor, r_session_id, live + 1);
        update auth.sessions s set last_used_at = now(),
            expires_at = least(now() + make_interval(days => refresh_token_days), s.created_at + make_interval(days => session_days))
          where s.id = r_session_id;
        return next;
      end $$;
    `);
  }

  /** As it was. */
  async down(runner: QueryRunner): Promise<void> {
    const earlier = new RotateInOneStep1790000019000();
    await earlier.down(runner);
    await earlier.up(runner);
  }
}
