export * from './domain-event.js';
export * from './endpoint.js';
export * from './error-codes.js';
export * from './error-envelope.js';
export * from './pagination.js';
export * from './primitives.js';
export * from './principal.js';
export * from './queue.js';
