export * from './s3/index.js';
export { LocalStackError } from './local-stack-error.js';
export { assertPortFree, findFreePort } from './ports.js';
export * from './clickhouse/index.js';
export * from './mail/index.js';
export * from './postgres/index.js';
export * from './secrets-manager/index.js';
export * from './sqs/index.js';
export { defaultPorts, type PortName, portVariable } from './supervisor/settings.js';
