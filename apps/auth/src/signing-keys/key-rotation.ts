import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { generateSigningKey, signingKey } from './signing-key.js';

/**
 * How long a key must have been published before it signs: services read the key set again after 5 minutes, auth its
 * secret after 30 seconds.
 */
const publicationMs = 6 * 60_000;

/** What an operator has to know or do; the message is all of it. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
}

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
const newKeyText = (): string => JSON.stringify(generateSigningKey());

/** Gives the secret its first key, making the secret where it is missing. Safe to repeat and to run twice at once. */
export async function ensureSigningKey(client: SecretsManagerClient, secretId: string): Promise<'created' | 'present'> {
  if (await hasCurrentKey(client, secretId)) return 'present';
  try {
    await client.send(new CreateSecretCommand({ Name: secretId, SecretString: newKeyText() }));
  } catch (error) {
    if (!isNamed(error, 'ResourceExistsException')) throw error;
    // It exists without a key (as infrastructure makes it), or somebody was faster.
    if (await hasCurrentKey(client, secretId)) return 'present';
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: newKeyText() }));
  }
  return 'created';
}

/** Publishes a new key beside the current one, which goes on signing. */
export async function stageSigningKey(client: SecretsManagerClient, secretId: string): Promise<void> {
  if (await versionOf(client, secretId, 'AWSPENDING')) {
    throw new RotationError('A next key is staged already: promote it.');
  }
  await client.send(
    new PutSecretValueCommand({ SecretId: secretId, SecretString: newKeyText(), VersionStages: ['AWSPENDING'] }),
  );
}

/**
 * Lets the staged key sign; the one before stays published as AWSPREVIOUS. Throws RotationError when nothing is staged
 * or the staged key is so new that a service may not know it, unless `evenIfNew`.
 */
export async function promoteSigningKey(
  client: SecretsManagerClient,
  secretId: string,
  options: { readonly evenIfNew?: boolean; readonly now?: () => number } = {},
): Promise<void> {
  const [pending, current] = await Promise.all([
    versionOf(client, secretId, 'AWSPENDING'),
    versionOf(client, secretId, 'AWSCURRENT'),
  ]);
  if (!pending) throw new RotationError('No next key is staged: stage one first.');
  const waitMs = (pending.createdAt ?? 0) + publicationMs - (options.now ?? Date.now)();
  if (waitMs > 0 && !options.evenIfNew) {
    throw new RotationError(`The next key is too new to sign: promote it in ${Math.ceil(waitMs / 1000)} s.`);
  }
  const stage = { SecretId: secretId, MoveToVersionId: pending.id };
  await client.send(new UpdateSecretVersionStageCommand({ ...stage, VersionStage: 'AWSCURRENT', RemoveFromVersionId: current?.id }));
  await client.send(
    new UpdateSecretVersionStageCommand({ SecretId: secretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: pending.id }),
  );
}

async function hasCurrentKey(client: SecretsManagerClient, secretId: string): Promise<boolean> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    return signingKey.safeParse(parseJson(SecretString)).success;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return false;
    throw error;
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

async function versionOf(client: SecretsManagerClient, secretId: string, stage: string) {
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
  const id = Object.entries(VersionIdsToStages ?? {}).find(([, stages]) => stages.includes(stage))?.[0];
  if (id === undefined) return undefined;
  const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: secretId, MaxResults: 100 }));
  return { id, createdAt: Versions?.find(({ VersionId }) => VersionId === id)?.CreatedDate?.getTime() };
}
