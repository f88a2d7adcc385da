export * from './database.js';
export * from './tenant-transaction.js';
