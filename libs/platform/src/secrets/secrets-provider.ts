import type { z } from 'zod';

/** The moving labels that Secrets Manager puts on versions; each is on one version at most. */
export type SecretStage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

export interface SecretVersion {
  readonly versionId: string;
  readonly stages: readonly string[];
  /** Milliseconds since the epoch; undefined where the store doesn't tell. */
  readonly createdAt?: number | undefined;
}

export interface SecretReadOptions {
  /** `AWSCURRENT` where unset. */
  readonly stage?: SecretStage;
  /** Reads past the cache: after a password was refused, for one. */
  readonly refresh?: boolean;
}

/** Secrets are JSON documents. Every method throws {@link SecretError}. */
export interface SecretsProvider {
  getJson<S extends z.ZodType>(secretId: string, schema: S, options?: SecretReadOptions): Promise<z.output<S>>;
  getVersion<S extends z.ZodType>(secretId: string, versionId: string, schema: S): Promise<z.output<S>>;
  /** Versions that carry a stage; never cached. */
  listVersions(secretId: string): Promise<readonly SecretVersion[]>;
}

/** Dependency-injection token of the {@link SecretsProvider}. */
export const SECRETS_PROVIDER = Symbol('SecretsProvider');
