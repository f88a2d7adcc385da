import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { exists, invalidParameter, invalidRequest } from './aws-error.js';
import type { SecretStore } from './secret-store.js';
import { findVersion, forgetDeprecated, newSecret, now, putVersion, updateStage, type Secret, type SecretVersion } from './secret.js';

type Operation = (store: SecretStore, input: unknown) => object;

const secretId = z.string().min(1).max(2048);
const versionId = z.string().min(32).max(64);
const stage = z.string().min(1).max(256);
const tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).max(50);
// 64 KiB is the service's limit; binary values are base64 on the wire.
const value = { SecretString: z.string().max(65_536).optional(), SecretBinary: z.base64().max(87_384).optional() };
const about = { Description: z.string().max(2048).optional(), KmsKeyId: z.string().max(2048).optional() };

/** Parses the input, so that each operation below reads as what it does. */
function operation<Schema extends z.ZodType>(schema: Schema, run: (store: SecretStore, input: z.output<Schema>) => object): Operation {
  return (store, input) => run(store, schema.parse(input));
}

function valueOf({ SecretString, SecretBinary }: { SecretString?: string; SecretBinary?: string }) {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  return { secretString: SecretString, secretBinary: SecretBinary };
}
const hasValue = (input: { SecretString?: string; SecretBinary?: string }): boolean =>
  input.SecretString !== undefined || input.SecretBinary !== undefined;

function getActive(store: SecretStore, id: string): Secret {
  const secret = store.get(id);
  if (secret.deletedDate !== undefined) {
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
  }
  return secret;
}
const identify = ({ arn, name }: Secret) => ({ ARN: arn, Name: name });
const identifyVersion = (secret: Secret, version: SecretVersion) => ({
  ...identify(secret),
  VersionId: version.id,
  VersionStages: version.stages,
});

function describe(secret: Secret) {
  const staged = secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }): [string, string[]] => [id, stages]);
  return {
    ...identify(secret), Description: secret.description, KmsKeyId: secret.kmsKeyId, Tags: secret.tags, RotationEnabled: false,
    CreatedDate: secret.createdDate, LastChangedDate: secret.lastChangedDate, DeletedDate: secret.deletedDate,
    stages: Object.fromEntries(staged),
  };
}

const createSecret = operation(
  z.object({
    Name: z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/),
    ClientRequestToken: versionId.optional(),
    Tags: tags.optional(),
    ...about,
    ...value,
  }),
  (store, input) => {
    const token = input.ClientRequestToken ?? randomUUID();
    const present = store.find(input.Name);
    if (present?.deletedDate !== undefined) {
      throw invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");
    }
    if (present && !present.versions.some(({ id }) => id === token)) {
      throw exists(`The operation failed because the secret ${input.Name} already exists.`);
    }
    const secret = present ?? {
      ...newSecret(input.Name),
      description: input.Description,
      kmsKeyId: input.KmsKeyId,
      tags: input.Tags ?? [],
    };
    const version = hasValue(input) ? putVersion(secret, token, valueOf(input)) : undefined;
    store.save(secret);
    return { ...identify(secret), VersionId: version?.id };
  },
);

const getSecretValue = operation(
  z.object({ SecretId: secretId, VersionId: versionId.optional(), VersionStage: stage.optional() }),
  (store, { SecretId, VersionId, VersionStage }) => {
    const secret = getActive(store, SecretId);
    const version = findVersion(secret, VersionId, VersionStage);
    return {
      ...identifyVersion(secret, version),
      SecretString: version.secretString,
      SecretBinary: version.secretBinary,
      CreatedDate: version.createdDate,
    };
  },
);

const putSecretValue = operation(
  z.object({
    SecretId: secretId,
    ClientRequestToken: versionId.optional(),
    VersionStages: z.array(stage).min(1).max(20).optional(),
    ...value,
  }),
  (store, input) => {
    if (!hasValue(input)) throw invalidParameter('You must provide either SecretString or SecretBinary.');
    const secret = getActive(store, input.SecretId);
    const version = putVersion(secret, input.ClientRequestToken ?? randomUUID(), valueOf(input), input.VersionStages);
    forgetDeprecated(secret);
    store.save(secret);
    return identifyVersion(secret, version);
  },
);

const updateSecret = operation(
  z.object({ SecretId: secretId, ClientRequestToken: versionId.optional(), ...about, ...value }),
  (store, input) => {
    const secret = getActive(store, input.SecretId);
    secret.description = input.Description ?? secret.description;
    secret.kmsKeyId = input.KmsKeyId ?? secret.kmsKeyId;
    secret.lastChangedDate = now();
    const version = hasValue(input) ? putVersion(secret, input.ClientRequestToken ?? randomUUID(), valueOf(input)) : undefined;
    forgetDeprecated(secret);
    store.save(secret);
    return { ...identify(secret), VersionId: version?.id };
  },
);

const updateSecretVersionStage = operation(
  z.object({ SecretId: secretId, VersionStage: stage, MoveToVersionId: versionId.optional(), RemoveFromVersionId: versionId.optional() }),
  (store, { SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }) => {
    const secret = getActive(store, SecretId);
    updateStage(secret, VersionStage, MoveToVersionId, RemoveFromVersionId);
    store.save(secret);
    return identify(secret);
  },
);

const describeSecret = operation(z.object({ SecretId: secretId }), (store, { SecretId }) => {
  const { stages, ...description } = describe(store.get(SecretId));
  return { ...description, VersionIdsToStages: stages };
});

const listSecretVersionIds = operation(
  z.object({ SecretId: secretId, IncludeDeprecated: z.boolean().optional(), MaxResults: z.int().optional() }),
  (store, input) => {
    const secret = store.get(input.SecretId);
    const shown = secret.versions.filter(({ stages }) => input.IncludeDeprecated === true || stages.length > 0);
    return {
      ...identify(secret),
      Versions: shown.map(({ id, stages, createdDate }) => ({ VersionId: id, VersionStages: stages, CreatedDate: createdDate })),
    };
  },
);

const filter = z.object({ Key: z.enum(['name', 'description', 'tag-key', 'tag-value', 'all']), Values: z.array(z.string()) });

function matches(secret: Secret, { Key, Values }: z.infer<typeof filter>): boolean {
  const fields: Record<string, string[]> = {
    name: [secret.name],
    description: [secret.description ?? ''],
    'tag-key': secret.tags.map((tag) => tag.Key),
    'tag-value': secret.tags.map((tag) => tag.Value),
  };
  const searched = Key === 'all' ? Object.values(fields).flat() : (fields[Key] ?? []);
  return searched.some((field) => Values.some((prefix) => field.startsWith(prefix)));
}

const listSecrets = operation(
  z.object({
    MaxResults: z.int().min(1).max(100).default(100),
    NextToken: z.string().regex(/^\d+$/).optional(),
    Filters: z.array(filter).optional(),
    IncludePlannedDeletion: z.boolean().optional(),
  }),
  (store, input) => {
    const all = store
      .list()
      .filter(({ deletedDate }) => input.IncludePlannedDeletion === true || deletedDate === undefined)
      .filter((secret) => (input.Filters ?? []).every((one) => matches(secret, one)));
    const from = Number(input.NextToken ?? 0);
    const page = all.slice(from, from + input.MaxResults).map((secret) => {
      const { stages, ...description } = describe(secret);
      return { ...description, SecretVersionsToStages: stages };
    });
    return { SecretList: page, NextToken: from + input.MaxResults < all.length ? String(from + input.MaxResults) : undefined };
  },
);

const deleteSecret = operation(
  z.object({
    SecretId: secretId,
    RecoveryWindowInDays: z.int().min(7).max(30).optional(),
    ForceDeleteWithoutRecovery: z.boolean().optional(),
  }),
  (store, { SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }) => {
    if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
      throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    }
    const secret = ForceDeleteWithoutRecovery ? store.get(SecretId) : getActive(store, SecretId);
    const deletedDate = ForceDeleteWithoutRecovery ? now() : now() + (RecoveryWindowInDays ?? 30) * 86_400;
    if (ForceDeleteWithoutRecovery) store.remove(secret);
    else store.save({ ...secret, deletedDate });
    return { ...identify(secret), DeletionDate: deletedDate };
  },
);

const restoreSecret = operation(z.object({ SecretId: secretId }), (store, { SecretId }) => {
  const secret = { ...store.get(SecretId), deletedDate: undefined };
  store.save(secret);
  return identify(secret);
});

/** By the name after "secretsmanager." in X-Amz-Target. */
export const operations = new Map<string, Operation>(Object.entries({
  CreateSecret: createSecret,
  GetSecretValue: getSecretValue,
  PutSecretValue: putSecretValue,
  UpdateSecret: updateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
  DescribeSecret: describeSecret,
  ListSecretVersionIds: listSecretVersionIds,
  ListSecrets: listSecrets,
  DeleteSecret: deleteSecret,
  RestoreSecret: restoreSecret,
}));
