export * from './command-error.js';
export * from './run-command.js';
export * from './with-database.js';
