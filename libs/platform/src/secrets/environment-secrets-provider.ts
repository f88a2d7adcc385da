import type { z } from 'zod';
import { parseSecret } from './parse-secret.js';
import { SecretError } from './secret-error.js';
import type { SecretReadOptions, SecretsProvider, SecretStage, SecretVersion } from './secrets-provider.js';

const stages: readonly SecretStage[] = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'];

/**
 * Name of the variable that stands for a secret: `atrium/auth/database` → `ATRIUM_SECRET_AUTH_DATABASE`; other stages
 * than the current one end in their name, `…_AWSPENDING`.
 */
export function secretVariable(secretId: string, stage: SecretStage = 'AWSCURRENT'): string {
  const name = secretId.replace(/^atrium\//, '').replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  return `ATRIUM_SECRET_${name}${stage === 'AWSCURRENT' ? '' : `_${stage}`}`;
}

/** Secrets out of a record that the caller read from its environment; version ids are the stages' names. */
export class EnvironmentSecretsProvider implements SecretsProvider {
  constructor(private readonly variables: Readonly<Record<string, string | undefined>>) {}

  async getJson<S extends z.ZodType>(secretId: string, schema: S, options: SecretReadOptions = {}): Promise<z.output<S>> {
    const variable = secretVariable(secretId, options.stage);
    const text = this.variables[variable];
    if (text === undefined) throw new SecretError(secretId, 'missing', `set ${variable} to its JSON`);
    return parseSecret(secretId, text, schema);
  }

  async getVersion<S extends z.ZodType>(secretId: string, versionId: string, schema: S): Promise<z.output<S>> {
    const stage = stages.find((known) => known === versionId);
    if (!stage) throw new SecretError(secretId, 'missing', `there is no version ${versionId}`);
    return this.getJson(secretId, schema, { stage });
  }

  async listVersions(secretId: string): Promise<readonly SecretVersion[]> {
    return stages
      .filter((stage) => this.variables[secretVariable(secretId, stage)] !== undefined)
      .map((stage) => ({ versionId: stage, stages: [stage] }));
  }
}
