export * from './environment-secrets-provider.js';
export * from './secret-error.js';
export * from './secrets-manager-provider.js';
export * from './secrets-provider.js';
