import { migrationConfig } from '@atrium/platform/config';
import { runMigrations } from '@atrium/platform/database';
import { galleryMigrations } from './migrations/index.js';

await runMigrations({ service: 'gallery', config: migrationConfig, migrations: galleryMigrations }, process.env);
