import { dropInboxSql, dropOutboxSql, inboxSchemaSql, outboxSchemaSql } from '@atrium/platform/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which events have been mailed. Mails themselves are kept nowhere. */
export class CreateMessaging1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxSchemaSql('mailer'));
    await runner.query(inboxSchemaSql('mailer'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(dropInboxSql('mailer'));
    await runner.query(dropOutboxSql('mailer'));
  }
}
