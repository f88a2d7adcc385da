import type { MigrationInterface, QueryRunner } from 'typeorm';

const signature = `auth.open_session(uuid, integer, uuid, boolean, uuid, bytea, integer, text, inet, text[],
  bytea[], uuid, bytea, integer, integer, json, json)`;

/**
 * What nearly every sign-in ends with, in one round trip: a session of an active person whose password is still the one
 * that was proven, who owes no second factor, has signed in before and is a member of the organization, from a device of
 * theirs or, where one is given, a new one. Anything else
 * changes nothing and gives no row: the service decides it, step by step. Locks as the service does: the account first.
 * `app.user_id` is set for the one statement that this is a transaction of.
 */
export class OpenSessionInOneStep1790000026000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function auth.open_session(
        person uuid, password_version integer, organization uuid, second_factor_proven boolean,
        new_session uuid, refresh_token bytea, refresh_token_days integer, client text, client_address inet, proven_by text[],
        device_tokens bytea[], new_device uuid, new_device_token bytea, device_days integer, most_devices integer,
        messages json, messages_of_new_device json)
      returns table (r_version integer, r_roles jsonb, r_device_id uuid, r_device_token bytea)
      language plpgsql security invoker
      set search_path = pg_catalog, pg_temp
      as $$
      declare
        last_organization uuid;
        scope text;
      begin
        select a.last_org_id into last_organization from auth.accounts a
          where a.id = person and a.status = 'active' and a.email_verified_at is not null
            and a.password_version = open_session.password_version and a.first_signed_in_at is not null
          for no key update;
        if not found then return; end if;
        if not second_factor_proven and exists (
          select from auth.totp_factors f where f.account_id = person and f.confirmed_at is not null) then return; end if;
        scope := set_config('app.user_id', person::text, true);
        select m.version, m.roles into r_version, r_roles from auth.memberships m
          where m.org_id = organization and m.user_id = person and m.active;
        if not found then return; end if;
        update auth.devices d set last_used_at = now(), user_agent = client, expires_at = now() + make_interval(days => device_days)
          where d.id = (select e.id from auth.devices e
            where e.token_hash = any (device_tokens) and e.account_id = person and e.expires_at > now()
            order by e.last_used_at desc limit 1)
          returning d.id, d.token_hash into r_device_id, r_device_token;
        if not found then
          if new_device is null then return; end if;
          delete from auth.devices d where d.id in
            (select e.id from auth.devices e where e.account_id = person order by e.last_used_at desc, e.id desc offset most_devices - 1);
          insert into auth.devices (id, account_id, token_hash, user_agent, expires_at)
            values (new_device, person, new_device_token, client, now() + make_interval(days => device_days));
          insert into auth.outbox (id, destinations, payload)
            select m.id, m.destinations, m.payload::json
            from json_to_recordset(messages_of_new_device) m (id uuid, destinations text[], payload text);
          r_device_id := new_device;
        end if;
        if last_organization is distinct from organization then
          update auth.accounts a set last_org_id = organization where a.id = person;
        end if;
        insert into auth.sessions (id, account_id, org_id, user_agent, address, expires_at, methods, device_id)
          values (new_session, person, organization, client, client_address,
            now() + make_interval(days => refresh_token_days), proven_by, r_device_id);
        insert into auth.refresh_tokens (hash, session_id, generation) values (refresh_token, new_session, 1);
        insert into auth.outbox (id, destinations, payload)
          select m.id, m.destinations, m.payload::json from json_to_recordset(messages) m (id uuid, destinations text[], payload text);
        return next;
      end $$;
      revoke all on function ${signature} from public;
      grant execute on function ${signature} to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function ${signature}`);
  }
}
