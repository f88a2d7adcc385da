import { runCommand } from '@atrium/platform/command';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { rotationConfig } from './config.js';
import { ensureSigningKey, promoteSigningKey, stageSigningKey } from './signing-keys/key-rotation.js';

/** `node dist/rotate-signing-key.js ensure|stage|promote`. */
await runCommand(
  {
    name: 'rotate-signing-key',
    usage: `Usage: rotate-signing-key ensure | stage | promote [--even-if-new]
  ensure   makes the first key where there is none
  stage    publishes the next key beside the current one
  promote  lets the next key sign, once every service knows it`,
    failure: 'Secrets Manager refused',
    config: rotationConfig,
    read: ([command, ...flags]) => ({ command: z.enum(['ensure', 'stage', 'promote']).parse(command), evenIfNew: flags.includes('--even-if-new') }),
    async run({ command, evenIfNew }, { AWS_REGION: region, SIGNING_KEYS_SECRET_ID: secretId, SIGNING_KEY_WAIT_SECONDS: waitSeconds }) {
      const client = new SecretsManagerClient({ region });
      try {
        if (command === 'ensure') return `signing key ${await ensureSigningKey(client, secretId)}`;
        if (command === 'stage') {
          await stageSigningKey(client, secretId);
          return 'next signing key staged';
        }
        await promoteSigningKey(client, secretId, { waitSeconds, evenIfNew });
        return 'next signing key signs from now on';
      } finally {
        client.destroy();
      }
    },
  },
  process,
);
