export * from './api-client.js';
export * from './platform.js';
export * from './service-database.js';
export * from './until.js';
export * from './world.js';
