import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When and by which factors (RFC 8176) the person last proved in the session who they are. */
export class RememberAuthentication1790000000500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.sessions
        add column authenticated_at timestamptz not null default now(),
        add column methods text[] not null default '{pwd}' check (cardinality(methods) > 0);
      update auth.sessions set authenticated_at = created_at;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table auth.sessions drop column authenticated_at, drop column methods`);
  }
}
