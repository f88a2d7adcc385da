import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of a member goes when the organization forgets them. */
export class EraseProjections1790000000390 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`grant delete on auth.memberships, auth.invitations to auth_app`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`revoke delete on auth.memberships, auth.invitations from auth_app`);
  }
}
