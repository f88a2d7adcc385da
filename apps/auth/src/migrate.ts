import { migrationConfig } from '@atrium/platform/config';
import { runMigrations } from '@atrium/platform/database';
import { authMigrations } from './migrations/index.js';

await runMigrations({ service: 'auth', config: migrationConfig, migrations: authMigrations }, process.env);
