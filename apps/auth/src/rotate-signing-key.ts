import { ConfigError, parseConfig } from '@atrium/platform/config';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { rotationConfig } from './config.js';
import { ensureSigningKey, promoteSigningKey, RotationError, stageSigningKey } from './signing-keys/key-rotation.js';

const usage = `Usage: rotate-signing-key ensure | stage | promote [--even-if-new]
  ensure   makes the first key where there is none
  stage    publishes the next key beside the current one
  promote  lets the next key sign, once every service knows it\n`;

/** `node dist/rotate-signing-key.js ensure|stage|promote`; exits with 1 and one clear line when it can't. */
async function run(command: string | undefined, flags: readonly string[]): Promise<string> {
  // eslint-disable-next-line no-restricted-properties -- an entry point, as main.ts is
  const config = parseConfig('rotate-signing-key', rotationConfig, process.env);
  const client = new SecretsManagerClient({ region: config.AWS_REGION });
  const secretId = config.SIGNING_KEYS_SECRET_ID;
  try {
    switch (command) {
      case 'ensure':
        return `signing key ${await ensureSigningKey(client, secretId)}`;
      case 'stage':
        await stageSigningKey(client, secretId);
        return 'next signing key staged';
      case 'promote':
        await promoteSigningKey(client, secretId, {
          waitSeconds: config.SIGNING_KEY_WAIT_SECONDS,
          evenIfNew: flags.includes('--even-if-new'),
        });
        return 'next signing key signs from now on';
      default:
        throw new RotationError(usage);
    }
  } finally {
    client.destroy();
  }
}

try {
  const [command, ...flags] = process.argv.slice(2);
  process.stdout.write(`${await run(command, flags)}\n`);
} catch (error) {
  const known = error instanceof RotationError || error instanceof ConfigError;
  process.stderr.write(`${known ? error.message : `Secrets Manager refused: ${String(error)}`}\n`);
  process.exitCode = 1;
}
