export { startSecretsManager, type RunningSecretsManager } from './start-secrets-manager.js';
