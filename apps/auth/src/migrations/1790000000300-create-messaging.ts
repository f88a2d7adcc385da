import { idempotencySchemaSql } from '@atrium/platform/database';
import { dropInboxSql, dropOutboxSql, inboxSchemaSql, outboxSchemaSql } from '@atrium/platform/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMessaging1790000000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxSchemaSql('auth'));
    await runner.query(inboxSchemaSql('auth'));
    await runner.query(idempotencySchemaSql('auth'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table auth.idempotency_keys;`);
    await runner.query(dropInboxSql('auth'));
    await runner.query(dropOutboxSql('auth'));
  }
}
