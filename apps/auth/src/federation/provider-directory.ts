import { LOGGER } from '@atrium/platform/context';
import { notFound } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { SECRETS_PROVIDER, SecretError, type SecretsProvider } from '@atrium/platform/secrets';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { isPlainLoopback } from './plain-loopback.js';
import { type OauthProvider, parseProvider, providersSecret } from './provider-settings.js';

/**
 * The issuers of the secret, which is read again each minute: one that is added or whose secret is rotated needs no
 * restart. An entry that is no good is left out and told of; the others work.
 */
@Injectable()
export class ProviderDirectory {
  private known: { readonly source: string; readonly providers: readonly OauthProvider[] } = { source: '', providers: [] };

  constructor(
    @Inject(SECRETS_PROVIDER) private readonly secrets: SecretsProvider,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'OAUTH_PROVIDERS_SECRET_ID' | 'PUBLIC_URL'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async list(): Promise<readonly OauthProvider[]> {
    const entries = await this.read();
    const source = JSON.stringify(entries);
    if (source !== this.known.source) this.known = { source, providers: this.parse(entries) };
    return this.known.providers;
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<OauthProvider> {
    const provider = (await this.list()).find((one) => one.id === id);
    if (!provider) throw notFound('provider');
    return provider;
  }

  private async read(): Promise<readonly unknown[]> {
    const secretId = this.config.OAUTH_PROVIDERS_SECRET_ID;
    if (secretId === undefined) return [];
    try {
      return (await this.secrets.getJson(secretId, providersSecret)).providers;
    } catch (error) {
      if (error instanceof SecretError && error.reason === 'missing') return [];
      throw error;
    }
  }

  private parse(entries: readonly unknown[]): readonly OauthProvider[] {
    const plainLoopback = isPlainLoopback(this.config.PUBLIC_URL);
    const providers = new Map<string, OauthProvider>();
    entries.forEach((entry, index) => {
      try {
        const provider = parseProvider(entry, plainLoopback);
        if (providers.has(provider.id)) throw new Error(`the id ${provider.id} is taken by an earlier one`);
        providers.set(provider.id, provider);
      } catch (error) {
        this.logger.error({ event: 'oauth.provider_left_out', index, err: error }, 'An issuer is configured wrongly and left out.');
      }
    });
    return [...providers.values()];
  }
}
