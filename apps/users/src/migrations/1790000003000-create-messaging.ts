import { idempotencySchemaSql } from '@atrium/platform/database';
import { dropInboxSql, dropOutboxSql, inboxSchemaSql, outboxSchemaSql } from '@atrium/platform/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMessaging1790000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${outboxSchemaSql('users')} ${inboxSchemaSql('users')} ${idempotencySchemaSql('users')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table users.idempotency_keys; ${dropInboxSql('users')} ${dropOutboxSql('users')}`);
  }
}
