import { idempotencySchemaSql } from '@atrium/platform/database';
import { dropInboxSql, dropOutboxSql, inboxSchemaSql, outboxSchemaSql } from '@atrium/platform/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMessaging1790000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${outboxSchemaSql('events')} ${inboxSchemaSql('events')} ${idempotencySchemaSql('events')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table events.idempotency_keys; ${dropInboxSql('events')} ${dropOutboxSql('events')}`);
  }
}
