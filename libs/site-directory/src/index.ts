export * from './site-directory.js';
export * from './site-directory.module.js';
export * from './site-directory.schema.js';
export * from './users-client.js';
