import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whoever is erased and invited again gets a new row. Its versions must lie above those of before, or the other services
 * would take the new membership for an old one, and a late word of the erasure for a newer one. So they begin at a
 * thousand for each day since 2026: no membership changes as often for as long as it lasts.
 */
export class VersionsOfMembershipsGoOn1790000019100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users.members alter column membership_version
        set default (floor(extract(epoch from now() - timestamptz '2026-01-01 00:00:00+00') / 86400) * 1000)::integer;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table users.members alter column membership_version set default 0;`);
  }
}
