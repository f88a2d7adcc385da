import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { z } from 'zod';
import { parseSecret } from './parse-secret.js';
import { SecretError } from './secret-error.js';
import type { SecretReadOptions, SecretsProvider, SecretVersion } from './secrets-provider.js';

export interface SecretsManagerProviderOptions {
  readonly region: string;
  /** How long an answer is served from memory; 60 where unset. */
  readonly cacheSeconds?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface CachedText {
  readonly text: string;
  readonly readAt: number;
}

type VersionSelector = { readonly VersionStage: string } | { readonly VersionId: string };

/** How long a failing store is left alone while the last known value is served. */
const staleRetryMs = 5_000;

/**
 * AWS Secrets Manager. Concurrent reads of one secret share a request, and the last known value outlives an outage of
 * the store. The SDK is loaded by the first read, so that a service without secrets doesn't pay for it. The endpoint
 * is the SDK's own `AWS_ENDPOINT_URL_SECRETS_MANAGER` where set.
 */
export class SecretsManagerProvider implements SecretsProvider {
  private readonly cache = new Map<string, CachedText>();
  private readonly reading = new Map<string, Promise<string>>();
  private readonly failedAt = new Map<string, number>();
  private readonly cacheMs: number;
  private readonly now: () => number;
  private client: Promise<SecretsManagerClient> | undefined;

  constructor(private readonly options: SecretsManagerProviderOptions) {
    this.cacheMs = (options.cacheSeconds ?? 60) * 1000;
    this.now = options.now ?? Date.now;
  }

  async getJson<S extends z.ZodType>(secretId: string, schema: S, options: SecretReadOptions = {}): Promise<z.output<S>> {
    const selector = { VersionStage: options.stage ?? 'AWSCURRENT' };
    return parseSecret(secretId, await this.text(secretId, selector, options.refresh ?? false), schema);
  }

  async getVersion<S extends z.ZodType>(secretId: string, versionId: string, schema: S): Promise<z.output<S>> {
    return parseSecret(secretId, await this.text(secretId, { VersionId: versionId }, false), schema);
  }

  async listVersions(secretId: string): Promise<readonly SecretVersion[]> {
    const { ListSecretVersionIdsCommand } = await import('@aws-sdk/client-secrets-manager');
    const client = await this.connect();
    const versions: SecretVersion[] = [];
    let NextToken: string | undefined;
    try {
      do {
        const page = await client.send(new ListSecretVersionIdsCommand({ SecretId: secretId, NextToken }));
        for (const { VersionId, VersionStages, CreatedDate } of page.Versions ?? []) {
          if (VersionId) versions.push({ versionId: VersionId, stages: VersionStages ?? [], createdAt: CreatedDate?.getTime() });
        }
        NextToken = page.NextToken;
      } while (NextToken);
    } catch (cause) {
      throw storeError(secretId, cause);
    }
    return versions;
  }

  /** Closes the SDK's sockets. */
  async close(): Promise<void> {
    (await this.client)?.destroy();
  }

  private async text(secretId: string, selector: VersionSelector, refresh: boolean): Promise<string> {
    const key = `${secretId} ${Object.values(selector).join()}`;
    const cached = this.cache.get(key);
    if (cached && !refresh && this.isServable(key, cached)) return cached.text;
    try {
      return await this.readOnce(key, secretId, selector);
    } catch (error) {
      if (cached && !refresh && error instanceof SecretError && error.reason === 'unavailable') return cached.text;
      throw error;
    }
  }

  private isServable(key: string, cached: CachedText): boolean {
    const now = this.now();
    return now - cached.readAt < this.cacheMs || now - (this.failedAt.get(key) ?? -Infinity) < staleRetryMs;
  }

  private readOnce(key: string, secretId: string, selector: VersionSelector): Promise<string> {
    const running = this.reading.get(key);
    if (running) return running;
    const reading = this.read(secretId, selector)
      .then((text) => {
        this.cache.set(key, { text, readAt: this.now() });
        this.failedAt.delete(key);
        return text;
      })
      .catch((error: unknown) => {
        this.failedAt.set(key, this.now());
        throw error;
      })
      .finally(() => this.reading.delete(key));
    this.reading.set(key, reading);
    return reading;
  }

  private async read(secretId: string, selector: VersionSelector): Promise<string> {
    const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    const client = await this.connect();
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId, ...selector })).catch((cause: unknown) => {
      throw storeError(secretId, cause);
    });
    if (answer.SecretString === undefined) throw new SecretError(secretId, 'invalid', 'the content is binary, not JSON');
    return answer.SecretString;
  }

  private connect(): Promise<SecretsManagerClient> {
    this.client ??= import('@aws-sdk/client-secrets-manager').then(
      ({ SecretsManagerClient }) =>
        new SecretsManagerClient({
          region: this.options.region,
          maxAttempts: 3,
          requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
        }),
    );
    return this.client;
  }
}

function storeError(secretId: string, cause: unknown): SecretError {
  if (cause instanceof Error && cause.name === 'ResourceNotFoundException') {
    return new SecretError(secretId, 'missing', 'Secrets Manager has no such secret or version', { cause });
  }
  return new SecretError(secretId, 'unavailable', 'Secrets Manager did not give it', { cause });
}
