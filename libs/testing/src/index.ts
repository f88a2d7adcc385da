export * from './api-client.js';
export * from './database-server.js';
export * from './platform.js';
export * from './service-database.js';
export * from './token-issuer.js';
export * from './until.js';
export * from './world.js';
