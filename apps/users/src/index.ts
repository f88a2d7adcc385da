export { usersConfig, type UsersConfig } from './config.js';
export { usersMigrations } from './migrations/index.js';
export { UsersModule } from './users.module.js';
