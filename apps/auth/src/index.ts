export { AuthModule } from './auth.module.js';
export { authConfig, type AuthConfig } from './config.js';
export { authMigrations } from './migrations/index.js';
