export * from './metrics.js';
export * from './span.js';
export * from './telemetry.js';
export * from './trace-context.js';
