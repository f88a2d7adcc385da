export { lintMigrations, type MigrationStore } from './lint-migrations.js';
export { type Releases, releases } from './releases.js';
