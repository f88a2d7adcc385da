import type { MigrationInterface, QueryRunner } from 'typeorm';
import { idempotencySchemaSql, tenantTableSql } from '@atrium/platform/database';

/** The smallest service with a schema: notes of organizations. */
export class CreateNotes1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table notes (
        org_id uuid not null,
        id uuid not null default uuidv7(),
        text text not null,
        primary key (org_id, id)
      );
      ${tenantTableSql('probe', 'notes')}
      ${idempotencySchemaSql('probe')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idempotency_keys; drop table notes;');
  }
}
