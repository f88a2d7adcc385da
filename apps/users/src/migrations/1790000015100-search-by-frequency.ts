import type { MigrationInterface, QueryRunner } from 'typeorm';

const replaceSql = (body: string): string => `
  create or replace function users.search_members(pattern text, max_matches integer) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$ ${body} $$;`;

const byIndexAlone = `
  begin
    return query execute 'select user_id from users.members where org_id = $1 and search_text like $2 limit $3'
      using nullif(current_setting('app.org_id', true), '')::uuid, pattern, max_matches;
  end`;

// Under row-level security the planner has no statistics of LIKE, and takes every pattern for a rare one. The trigram
// index hands out all matches at once: of a frequent text, hundreds of thousands to take a few of. A look at some people
// tells which it is; a frequent text is then found by reading on, which "offset 0" keeps the planner to. The order keeps
// both to the organization's own part of the table.
const byFrequency = `
  declare
    org constant uuid := nullif(current_setting('app.org_id', true), '')::uuid;
    is_frequent boolean;
  begin
    execute 'select count(*) >= 50 from (select search_text from users.members where org_id = $1 order by user_id limit 1000) some_people
      where search_text like $2' into is_frequent using org, pattern;
    if is_frequent then
      return query execute 'select user_id from (select user_id, search_text from users.members where org_id = $1 order by user_id offset 0) people
        where search_text like $2 limit $3' using org, pattern, max_matches;
    else
      return query execute 'select user_id from users.members where org_id = $1 and search_text like $2 limit $3'
        using org, pattern, max_matches;
    end if;
  end`;

/** Searches for what many people have in their names or addresses don't slow down with the organization. */
export class SearchByFrequency1790000015100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(replaceSql(byFrequency));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(replaceSql(byIndexAlone));
  }
}
