import type { IncomingMessage, ServerResponse } from 'node:http';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import Provider from 'oidc-provider';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { KeyRing } from '../signing-keys/key-ring.js';
import { isClientSecret } from './clients/client-secret.js';
import { answerFailure, failuresMiddleware } from './failures.js';
import { ProviderConfiguration } from './provider-configuration.js';
import { SignInBinding } from './sign-in-binding.js';
import { SignedTokenMiddleware } from './tokens/signed-token.middleware.js';
import { TokenTransactionMiddleware } from './tokens/token-transaction.middleware.js';

interface Running {
  readonly edition: string;
  readonly provider: Provider;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * The library's provider. It takes its keys at construction, and everything else that it knows lies in the database: so
 * that a rotation needs no restart, a new one takes over when the key ring has changed.
 */
@Injectable()
export class CurrentProvider {
  private running: Running | undefined;

  constructor(
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'TOKEN_ISSUER'>,
    private readonly keys: KeyRing,
    private readonly configuration: ProviderConfiguration,
    private readonly binding: SignInBinding,
    private readonly signedTokens: SignedTokenMiddleware,
    private readonly transactions: TokenTransactionMiddleware,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  get(): Provider {
    return this.current().provider;
  }

  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.current().handle(request, response);
  }

  private current(): Running {
    const { edition } = this.keys;
    if (this.running?.edition === edition) return this.running;
    const provider = this.make();
    this.running = { edition, provider, handle: provider.callback() };
    return this.running;
  }

  private make(): Provider {
    const provider = new Provider(this.config.TOKEN_ISSUER, this.configuration.build());
    // Protocol and host are set from configuration before a request gets here.
    provider.proxy = true;
    provider.Client.prototype.compareClientSecret = async function compare(actual: string) {
      return isClientSecret(actual, this.clientSecret ?? '');
    };
    const report = (err: unknown): void => this.logger.error({ err }, 'The provider failed.');
    provider.use(failuresMiddleware(report));
    for (const { handle } of [this.transactions, this.signedTokens, this.binding]) provider.use(handle);
    provider.on('server_error', (ctx, err) => {
      report(err);
      // Pages and redirects are the library's; where it answers data, "not now" is told from "never".
      if (ctx.response.is('json')) answerFailure(ctx, err);
    });
    return provider;
  }
}
