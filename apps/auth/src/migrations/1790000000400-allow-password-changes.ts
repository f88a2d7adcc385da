import type { MigrationInterface, QueryRunner } from 'typeorm';

const checksSql = (purposes: string, reasons: string): string => `
  alter table auth.email_tokens drop constraint email_tokens_purpose_check;
  alter table auth.email_tokens add constraint email_tokens_purpose_check check (purpose in (${purposes}));
  alter table auth.sessions drop constraint sessions_end_reason_check;
  alter table auth.sessions add constraint sessions_end_reason_check check (end_reason in (${reasons}));
`;
const purposesBefore = `'verify_email'`;
const reasonsBefore = `'logout', 'logout_all', 'revoked', 'reuse_detected'`;

/** A password's version rises when the password is replaced, not when its hash is strengthened. */
export class AllowPasswordChanges1790000000400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.accounts add column password_version integer not null default 1 check (password_version >= 1);
      ${checksSql(`${purposesBefore}, 'reset_password'`, `${reasonsBefore}, 'password_reset', 'password_changed'`)}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from auth.email_tokens where purpose = 'reset_password';
      update auth.sessions set end_reason = 'logout_all' where end_reason in ('password_reset', 'password_changed');
      ${checksSql(purposesBefore, reasonsBefore)}
      alter table auth.accounts drop column password_version;
    `);
  }
}
