import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What nearly every refresh is, in one round trip: the live token of a live session whose person is active and still a
 * member of its organization. Anything else changes nothing and gives no row: the service decides it, step by step.
 * Locks as the service does: the session first. `app.user_id` is set for the one statement that this is a transaction of.
 */
export class RotateInOneStep1790000019000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function auth.rotate_refresh_token(
        presented bytea, successor bytea, successor_salt bytea, refresh_token_days integer, session_days integer)
      returns table (r_session_id uuid, r_account_id uuid, r_email text, r_org_id uuid, r_version integer, r_roles jsonb)
      language plpgsql security invoker
      set search_path = pg_catalog, pg_temp
      as $$
      declare
        held auth.sessions;
        rotated integer;
      begin
        select s.* into held from auth.sessions s
          where s.id = (select t.session_id from auth.refresh_tokens t where t.hash = presented)
            and s.ended_at is null and s.expires_at > now()
          for update;
        if not found or held.org_id is null then return; end if;
        -- Under the lock, in a snapshot of its own: a parallel refresh may have rotated it until then.
        select t.generation into rotated from auth.refresh_tokens t where t.hash = presented and t.rotated_at is null;
        if not found then return; end if;
        select a.id, a.email into r_account_id, r_email from auth.accounts a where a.id = held.account_id and a.status = 'active';
        if not found then return; end if;
        perform set_config('app.user_id', r_account_id::text, true);
        select m.version, m.roles into r_version, r_roles from auth.memberships m
          where m.org_id = held.org_id and m.user_id = r_account_id and m.active;
        if not found then return; end if;
        update auth.refresh_tokens t set successor_salt = null where t.session_id = held.id and t.successor_salt is not null;
        update auth.refresh_tokens t set rotated_at = clock_timestamp(), successor_salt = rotate_refresh_token.successor_salt
          where t.hash = presented;
        insert into auth.refresh_tokens (hash, session_id, generation) values (successor, held.id, rotated + 1);
        update auth.sessions s set last_used_at = now(),
            expires_at = least(now() + make_interval(days => refresh_token_days), s.created_at + make_interval(days => session_days))
          where s.id = held.id;
        r_session_id := held.id;
        r_org_id := held.org_id;
        return next;
      end $$;
      revoke all on function auth.rotate_refresh_token(bytea, bytea, bytea, integer, integer) from public;
      grant execute on function auth.rotate_refresh_token(bytea, bytea, bytea, integer, integer) to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function auth.rotate_refresh_token(bytea, bytea, bytea, integer, integer)`);
  }
}
