export * from './config.js';
export * from './migrations/index.js';
export * from './users.module.js';
export * from './users.providers.js';
