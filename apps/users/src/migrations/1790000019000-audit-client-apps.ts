import type { MigrationInterface, QueryRunner } from 'typeorm';

const kindsSql = (kinds: readonly string[], validity = ''): string => `
  alter table users.audit_logs
    drop constraint audit_logs_actor_kind_check,
    add constraint audit_logs_actor_kind_check check (actor_kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})) ${validity};`;

const before = ['user', 'api_key', 'system', 'anonymous'];

/** Client apps act for themselves: what they do, and are denied, is kept as everybody's is. Holds for every month. */
export class AuditClientApps1790000019000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(kindsSql([...before, 'client']));
  }

  /** Entries that are there stay. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(kindsSql(before, 'not valid'));
  }
}
