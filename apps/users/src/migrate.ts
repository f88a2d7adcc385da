import { migrationConfig } from '@atrium/platform/config';
import { runMigrations } from '@atrium/platform/database';
import { usersMigrations } from './migrations/index.js';

await runMigrations({ service: 'users', config: migrationConfig, migrations: usersMigrations }, process.env);
