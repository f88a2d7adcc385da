import { CommandError } from '@atrium/platform/command';
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

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
const newKeyText = (): string => JSON.stringify(generateSigningKey());

/** Gives the secret its first key, making the secret where it is missing. Safe to repeat and to run twice at once. */
export async function ensureSigningKey(client: SecretsManagerClient, secretId: string): Promise<'created' | 'present'> {
  if (await hasCurrentKey(client, secretId)) return 'present';
  try {
    // Only what exists has an ARN: infrastructure made it, and lets nobody here make secrets.
    if (!secretId.startsWith('arn:')) {
      await client.send(new CreateSecretCommand({ Name: secretId, SecretString: newKeyText() }));
      return 'created';
    }
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: newKeyText() }));
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
  if ((await signingKeyVersions(client, secretId)).pending) {
    throw new CommandError('A next key is staged already: promote it.');
  }
  await client.send(
    new PutSecretValueCommand({ SecretId: secretId, SecretString: newKeyText(), VersionStages: ['AWSPENDING'] }),
  );
}

export interface Promotion {
  /** How long the key must have been published: longer than services keep a key set, and than tokens live. */
  readonly waitSeconds: number;
  readonly evenIfNew?: boolean;
  readonly now?: () => number;
}

/**
 * Lets the staged key sign; the one before stays published as AWSPREVIOUS, in the place of its own predecessor. A key is
 * staged after the last one was promoted: so by the wait nobody needs that predecessor any more. Throws CommandError
 * when nothing is staged or the staged key is too new, unless `evenIfNew`.
 */
export async function promoteSigningKey(client: SecretsManagerClient, secretId: string, options: Promotion): Promise<void> {
  const { pending, current } = await signingKeyVersions(client, secretId);
  if (!pending) throw new CommandError('No next key is staged: stage one first.');
  const waitMs = (pending.createdAt ?? 0) + options.waitSeconds * 1000 - (options.now ?? Date.now)();
  if (waitMs > 0 && !options.evenIfNew) {
    throw new CommandError(`The next key is too new to sign: promote it in ${Math.ceil(waitMs / 1000)} s.`);
  }
  // The same where somebody did the first step and died before the second.
  if (pending.id !== current?.id) {
    const stage = { SecretId: secretId, VersionStage: 'AWSCURRENT', MoveToVersionId: pending.id };
    await client.send(new UpdateSecretVersionStageCommand({ ...stage, RemoveFromVersionId: current?.id }));
  }
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

/** The versions that the two stages are on. */
export async function signingKeyVersions(client: SecretsManagerClient, secretId: string) {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
  const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: secretId, MaxResults: 100 }));
  const versionOf = (stage: string) => {
    const id = Object.keys(VersionIdsToStages).find((one) => VersionIdsToStages[one]?.includes(stage));
    return id === undefined ? undefined : { id, createdAt: Versions?.find(({ VersionId }) => VersionId === id)?.CreatedDate?.getTime() };
  };
  return { pending: versionOf('AWSPENDING'), current: versionOf('AWSCURRENT') };
}
