import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { exists, invalidParameter, invalidRequest, notFound } from './aws-error.js';

const versionSchema = z.object({
  id: z.string(),
  secretString: z.string().optional(),
  /** Base64. */
  secretBinary: z.string().optional(),
  /** Seconds since 1970. */
  createdDate: z.number(),
  stages: z.array(z.string()),
});
export type SecretVersion = z.infer<typeof versionSchema>;

export const secretSchema = z.object({
  arn: z.string(),
  name: z.string(),
  description: z.string().optional(),
  kmsKeyId: z.string().optional(),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  createdDate: z.number(),
  lastChangedDate: z.number(),
  deletedDate: z.number().optional(),
  versions: z.array(versionSchema),
});
export type Secret = z.infer<typeof secretSchema>;

export interface SecretValue {
  secretString?: string;
  secretBinary?: string;
}

export const now = (): number => Date.now() / 1_000;

export function newSecret(name: string): Secret {
  const suffix = randomBytes(8).toString('base64url').replace(/[-_]/g, 'x').slice(0, 6);
  return {
    arn: `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-${suffix}`,
    name, tags: [], createdDate: now(), lastChangedDate: now(), versions: [],
  };
}

const findByStage = (secret: Secret, stage: string): SecretVersion | undefined =>
  secret.versions.find(({ stages }) => stages.includes(stage));

function detach(version: SecretVersion | undefined, stage: string): void {
  if (version) version.stages = version.stages.filter((attached) => attached !== stage);
}

/** A stage is on one version at a time. When AWSCURRENT moves, the version it leaves becomes AWSPREVIOUS. */
function attachStage(secret: Secret, version: SecretVersion, stage: string): void {
  const holder = findByStage(secret, stage);
  if (holder === version) return;
  detach(holder, stage);
  version.stages.push(stage);
  if (stage === 'AWSCURRENT' && holder) {
    detach(findByStage(secret, 'AWSPREVIOUS'), 'AWSPREVIOUS');
    holder.stages.push('AWSPREVIOUS');
  }
}

const sameValue = (version: SecretVersion, value: SecretValue): boolean =>
  version.secretString === value.secretString && version.secretBinary === value.secretBinary;

/** Adds a version. The same token with the same value again changes nothing; with another value it is refused. */
export function putVersion(secret: Secret, token: string, value: SecretValue, stages: string[] = ['AWSCURRENT']): SecretVersion {
  const earlier = secret.versions.find(({ id }) => id === token);
  if (earlier) {
    if (!sameValue(earlier, value)) throw exists(`A resource with the ID ${token} already exists with another value.`);
    return earlier;
  }
  const version: SecretVersion = { id: token, ...value, createdDate: now(), stages: [] };
  secret.versions.push(version);
  // The first version of a secret is current, whatever was asked for.
  const attached = findByStage(secret, 'AWSCURRENT') ? stages : [...new Set([...stages, 'AWSCURRENT'])];
  for (const stage of attached) attachStage(secret, version, stage);
  secret.lastChangedDate = now();
  return version;
}

export function findVersion(secret: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const wanted = stage ?? (id === undefined ? 'AWSCURRENT' : undefined);
  const version = id === undefined ? findByStage(secret, wanted ?? '') : secret.versions.find((candidate) => candidate.id === id);
  if (!version) {
    throw notFound(
      `Secrets Manager can't find the specified secret value for ${id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`}`,
    );
  }
  if (wanted !== undefined && !version.stages.includes(wanted)) {
    throw invalidRequest(`You provided a VersionStage that is not associated to the provided VersionId.`);
  }
  return version;
}

/** Moves, adds or takes away a stage; names of versions are required as AWS requires them. */
export function updateStage(secret: Secret, stage: string, moveTo: string | undefined, removeFrom: string | undefined): void {
  const holder = findByStage(secret, stage);
  if (moveTo === undefined && removeFrom === undefined) throw invalidParameter('You must provide MoveToVersionId or RemoveFromVersionId.');
  const target = moveTo === undefined ? undefined : secret.versions.find(({ id }) => id === moveTo);
  if (moveTo !== undefined && !target) throw notFound(`Secrets Manager can't find the specified secret version: ${moveTo}`);
  if (removeFrom !== undefined && holder?.id !== removeFrom) {
    throw invalidParameter(`The staging label ${stage} is not attached to version ${removeFrom}.`);
  }
  if (target && holder && holder !== target && removeFrom === undefined) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, ` +
        `so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (target) attachStage(secret, target, stage);
  else if (stage === 'AWSCURRENT') throw invalidParameter('AWSCURRENT can be moved to another version but not removed.');
  else detach(holder, stage);
  secret.lastChangedDate = now();
}

// AWS forgets the oldest versions without a stage once there are about a hundred.
const keptWithoutStage = 100;

export function forgetDeprecated(secret: Secret): void {
  const deprecated = secret.versions.filter(({ stages }) => stages.length === 0);
  const forgotten = new Set(deprecated.slice(0, Math.max(0, deprecated.length - keptWithoutStage)));
  secret.versions = secret.versions.filter((version) => !forgotten.has(version));
}
