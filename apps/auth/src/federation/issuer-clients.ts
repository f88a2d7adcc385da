import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import * as client from 'openid-client';
import { problemOf } from './issuer-problem.js';
import { isPlainLoopback } from './plain-loopback.js';
import type { OauthProvider } from './provider-settings.js';

/** Milliseconds. */
const freshMs = 3_600_000;
const retryMs = 5_000;
/** Seconds for each request to an issuer: the token endpoint, keys and user info, one after the other, stay below the gateway's 30. */
const timeout = 5;
/** Seconds by which clocks may differ, as for our own tokens. */
const toleratedSeconds = 60;

/** By header where the issuer takes it (RFC 6749 §2.3.1; the default of OpenID Connect Discovery 1.0 §3). */
const authentication =
  (secret: string): client.ClientAuth =>
  (server, ...request) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const method = methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
    method(secret)(server, ...request);
  };

interface Known {
  readonly fingerprint: string;
  readonly configuration: client.Configuration;
  readonly readAt: number;
}

/**
 * The client of each issuer, made of its discovery document (OpenID Connect Discovery 1.0 §4). The document is read at
 * the first use and again each hour; when that fails the known one serves. An issuer that is down concerns nobody else.
 */
@Injectable()
export class IssuerClients {
  private readonly known = new Map<string, Known>();
  private readonly discovering = new Map<string, Promise<Known>>();
  private readonly failedAt = new Map<string, number>();

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** Throws UPSTREAM_UNAVAILABLE. */
  async get(provider: OauthProvider): Promise<client.Configuration> {
    const fingerprint = JSON.stringify(provider);
    const known = this.known.get(provider.id);
    const usable = known?.fingerprint === fingerprint ? known : undefined;
    if (usable && Date.now() - usable.readAt < freshMs) return usable.configuration;
    if (Date.now() - (this.failedAt.get(fingerprint) ?? 0) < retryMs) return this.orUnavailable(usable);
    try {
      return (await this.discoverOnce(provider, fingerprint)).configuration;
    } catch (error) {
      this.failedAt.set(fingerprint, Date.now());
      this.logger.error({ event: 'oauth.discovery_failed', provider: provider.id, problem: problemOf(error) }, 'An issuer could not be asked for its endpoints.');
      return this.orUnavailable(usable);
    }
  }

  private orUnavailable(known: Known | undefined): client.Configuration {
    if (known) return known.configuration;
    throw new DomainError('UPSTREAM_UNAVAILABLE', 'This provider is not available right now.', { retryAfterSeconds: retryMs / 1000 });
  }

  private discoverOnce(provider: OauthProvider, fingerprint: string): Promise<Known> {
    const running = this.discovering.get(fingerprint);
    if (running) return running;
    const discovery = this.discover(provider, fingerprint).finally(() => this.discovering.delete(fingerprint));
    this.discovering.set(fingerprint, discovery);
    return discovery;
  }

  private async discover(provider: OauthProvider, fingerprint: string): Promise<Known> {
    const { id, issuer, client_id, client_secret } = provider;
    const metadata = { [client.clockTolerance]: toleratedSeconds };
    const configuration = await client.discovery(new URL(issuer), client_id, metadata, authentication(client_secret), {
      timeout,
      execute: [
        // The signature is checked too, not only that the ID token came over TLS from the token endpoint.
        client.enableNonRepudiationChecks,
        // The directory lets plain http pass on the local machine alone.
        ...(isPlainLoopback(issuer) ? [client.allowInsecureRequests] : []),
      ],
    });
    const known = { fingerprint, configuration, readAt: Date.now() };
    this.known.set(id, known);
    this.failedAt.delete(fingerprint);
    return known;
  }
}
