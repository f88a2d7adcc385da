import { runCommand } from '@atrium/platform/command';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { encryptionRotationConfig } from './config.js';
import { ensureEncryptionKey, rotateEncryptionKey } from './encryption/key-provision.js';

/** `node dist/rotate-encryption-key.js ensure|rotate`. */
await runCommand(
  {
    name: 'rotate-encryption-key',
    usage: `Usage: rotate-encryption-key ensure | rotate
  ensure   makes the first key where there is none
  rotate   adds a key, which encrypts from now on`,
    failure: 'Secrets Manager refused',
    config: encryptionRotationConfig,
    read: ([command]) => z.enum(['ensure', 'rotate']).parse(command),
    async run(command, { AWS_REGION: region, ENCRYPTION_KEYS_SECRET_ID: secretId }) {
      const client = new SecretsManagerClient({ region });
      try {
        if (command === 'ensure') return `encryption key ${await ensureEncryptionKey(client, secretId)}`;
        return `encryption key ${await rotateEncryptionKey(client, secretId)} encrypts from now on`;
      } finally {
        client.destroy();
      }
    },
  },
  process,
);
