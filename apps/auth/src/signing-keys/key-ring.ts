import { createPrivateKey, type KeyObject } from 'node:crypto';
import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { HealthRegistry } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { SECRETS_PROVIDER, type SecretsProvider } from '@atrium/platform/secrets';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { publicPartOf, type PublicSigningKey, type SigningKey, signingKey } from './signing-key.js';

type SigningKeysConfig = Pick<AuthConfig, 'SIGNING_KEYS_SECRET_ID' | 'SIGNING_KEYS_RELOAD_SECONDS' | 'JWKS_MAX_AGE_SECONDS'>;

interface CurrentKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** Next, current and previous: tokens of the previous key live on for their 15 minutes. */
const publishedStages = ['AWSPENDING', 'AWSCURRENT', 'AWSPREVIOUS'];

interface ReadKey {
  readonly stages: readonly string[];
  readonly createdAt: number;
  readonly key: SigningKey;
}

/** The signing keys in Secrets Manager, read again and again; through an outage the last known ones serve. */
@Injectable()
export class KeyRing implements OnModuleInit, OnApplicationShutdown {
  private published: readonly PublicSigningKey[] = [];
  private signer: CurrentKey | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SECRETS_PROVIDER) private readonly secrets: SecretsProvider,
    @Inject(AUTH_CONFIG) private readonly config: SigningKeysConfig,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly health: HealthRegistry,
  ) {}

  /** Without a key nothing can be signed: the start fails. */
  async onModuleInit(): Promise<void> {
    await this.reload();
    this.health.add('signing-keys', async () => this.current());
    this.timer = setInterval(() => void this.tryReload(), this.config.SIGNING_KEYS_RELOAD_SECONDS * 1000).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** The key to sign with. */
  current(): CurrentKey {
    if (!this.signer) throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'no signing key', retryAfterSeconds: 2 });
    return this.signer;
  }

  /** Changes with the keys, and with which of them signs. */
  get edition(): string {
    return [this.signer?.kid, ...this.published.map(({ kid }) => kid).sort()].join(' ');
  }

  jwks(): { keys: PublicSigningKey[] } {
    return { keys: [...this.published] };
  }

  /** Rejects, leaving the known keys, when Secrets Manager doesn't answer or holds no usable current key. */
  async reload(): Promise<void> {
    const secretId = this.config.SIGNING_KEYS_SECRET_ID;
    const versions = await this.secrets.listVersions(secretId);
    const staged = versions.filter(({ stages }) => stages.some((stage) => publishedStages.includes(stage)));
    const keys = await Promise.all(
      staged.map(async ({ versionId, stages, createdAt = 0 }) => ({
        stages,
        createdAt,
        key: await this.secrets.getVersion(secretId, versionId, signingKey),
      })),
    );
    const current = this.signerOf(keys);
    if (!current) throw new Error(`Secret ${secretId} has no current signing key: run rotate-signing-key ensure`);
    this.signer = { kid: current.kid, key: createPrivateKey({ key: { ...current }, format: 'jwk' }) };
    this.published = keys.map(({ key }) => publicPartOf(key));
  }

  /** The current key, or while a service may not know it yet the one before; where there is none before, nobody waits. */
  private signerOf(keys: readonly ReadKey[]): SigningKey | undefined {
    const [current, previous] = ['AWSCURRENT', 'AWSPREVIOUS'].map((stage) => keys.find(({ stages }) => stages.includes(stage)));
    const { JWKS_MAX_AGE_SECONDS: maxAge, SIGNING_KEYS_RELOAD_SECONDS: reload } = this.config;
    const isKnown = current && current.createdAt + (maxAge + reload) * 1000 <= Date.now();
    return (isKnown ? current : (previous ?? current))?.key;
  }

  private async tryReload(): Promise<void> {
    await this.reload().catch((error: unknown) => {
      this.logger.error({ err: error }, 'The signing keys could not be read again; the known ones serve.');
    });
  }
}
