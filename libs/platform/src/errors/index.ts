export * from './domain-error.js';
export * from './zod-details.js';
