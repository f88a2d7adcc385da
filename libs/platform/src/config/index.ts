export * from './parse-config.js';
export * from './environment.js';
