export * from './exit-with-reason.js';
export type { Logger } from 'pino';
export * from './logger.js';
export { maskEmail } from './mask-personal-data.js';
export * from './nest-logger.js';
export * from './serialize-error.js';
