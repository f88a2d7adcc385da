import { ConfigError, parseConfig } from '@atrium/platform/config';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { encryptionRotationConfig } from './config.js';
import { ensureEncryptionKey, KeyProvisionError, rotateEncryptionKey } from './encryption/key-provision.js';

const usage = `Usage: rotate-encryption-key ensure | rotate
  ensure   makes the first key where there is none
  rotate   adds a key, which encrypts from now on\n`;

/** `node dist/rotate-encryption-key.js ensure|rotate`; exits with 1 and one clear line when it can't. */
async function run(command: string | undefined): Promise<string> {
  // eslint-disable-next-line no-restricted-properties -- an entry point, as main.ts is
  const config = parseConfig('rotate-encryption-key', encryptionRotationConfig, process.env);
  const client = new SecretsManagerClient({ region: config.AWS_REGION });
  const secretId = config.ENCRYPTION_KEYS_SECRET_ID;
  try {
    if (command === 'ensure') return `encryption key ${await ensureEncryptionKey(client, secretId)}`;
    if (command === 'rotate') return `encryption key ${await rotateEncryptionKey(client, secretId)} encrypts from now on`;
    throw new KeyProvisionError(usage);
  } finally {
    client.destroy();
  }
}

try {
  process.stdout.write(`${await run(process.argv[2])}\n`);
} catch (error) {
  const known = error instanceof KeyProvisionError || error instanceof ConfigError;
  process.stderr.write(`${known ? error.message : `Secrets Manager refused: ${String(error)}`}\n`);
  process.exitCode = 1;
}
