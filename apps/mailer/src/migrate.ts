import { migrationConfig } from '@atrium/platform/config';
import { runMigrations } from '@atrium/platform/database';
import { mailerMigrations } from './migrations/index.js';

await runMigrations({ service: 'mailer', config: migrationConfig, migrations: mailerMigrations }, process.env);
