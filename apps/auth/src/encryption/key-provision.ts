import { CommandError } from '@atrium/platform/command';
import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type EncryptionKeysDocument, encryptionKeys, withNewKey } from './encryption-keys.js';

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/**
 * Gives the secret its first key, making the secret where it is missing. Safe to repeat and to run twice at once. Never
 * overwrites a value: a key that is lost takes with it what it encrypted. @throws CommandError when one is there
 * that holds no keys
 */
export async function ensureEncryptionKey(client: SecretsManagerClient, secretId: string): Promise<'created' | 'present'> {
  if (await read(client, secretId)) return 'present';
  const SecretString = JSON.stringify(withNewKey());
  try {
    // Only what exists has an ARN: infrastructure made it, and lets nobody here make secrets.
    if (!secretId.startsWith('arn:')) {
      await client.send(new CreateSecretCommand({ Name: secretId, SecretString }));
      return 'created';
    }
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString }));
  } catch (error) {
    if (!isNamed(error, 'ResourceExistsException')) throw error;
    // It exists without a value (as infrastructure makes it), or somebody was faster.
    if (await read(client, secretId)) return 'present';
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString }));
  }
  return 'created';
}

/** Adds a key, which encrypts from now on. @returns its id */
export async function rotateEncryptionKey(client: SecretsManagerClient, secretId: string): Promise<string> {
  const document = await read(client, secretId);
  if (!document) throw new CommandError(`Secret ${secretId} has no keys: run rotate-encryption-key ensure`);
  const next = withNewKey(document);
  await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: JSON.stringify(next) }));
  return next.current;
}

async function read(client: SecretsManagerClient, secretId: string): Promise<EncryptionKeysDocument | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    return parse(secretId, SecretString ?? '');
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** The cause is dropped on purpose: it may quote a key. */
function parse(secretId: string, text: string): EncryptionKeysDocument {
  try {
    const document = JSON.parse(text) as EncryptionKeysDocument;
    encryptionKeys.parse(document);
    return document;
  } catch {
    throw new CommandError(`Secret ${secretId} holds something else than encryption keys: nothing was written`);
  }
}
