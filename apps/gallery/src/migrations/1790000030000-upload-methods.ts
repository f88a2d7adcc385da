import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Uploads by form and in parts. What was begun before is a `put`. */
export class UploadMethods1790000030000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table gallery.assets
        add column upload_method text not null default 'put' check (upload_method in ('put', 'post', 'multipart')),
        add column upload_id text,
        add column part_size bigint check (part_size > 0),
        add constraint assets_parts_are_of_multipart check (
          (upload_method = 'multipart') = (upload_id is not null) and (upload_id is null) = (part_size is null)
        );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table gallery.assets drop column upload_method, drop column upload_id, drop column part_size');
  }
}
