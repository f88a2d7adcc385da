import { migrationConfig } from '@atrium/platform/config';
import { runMigrations } from '@atrium/platform/database';
import { migrations } from './migrations/index.js';

await runMigrations({ service: 'users', config: migrationConfig, migrations }, process.env);
