export * from './request-context.js';
export * from './runtime-tokens.js';
