export * from './all-endpoints.js';
export * from './api-document.js';
export * from './queues.js';
