export * from './service-modules.js';
