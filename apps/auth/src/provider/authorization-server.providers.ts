import type { Provider } from '@nestjs/common';
import { ProviderAccounts } from './accounts.js';
import { OAuthClientRepository } from './clients/oauth-client.repository.js';
import { OAuthClientService } from './clients/oauth-client.service.js';
import { ConsentService } from './consent.service.js';
import { CurrentProvider } from './current-provider.js';
import { InteractionRoutes } from './interaction.routes.js';
import { InteractionService } from './interaction.service.js';
import { ProviderPages } from './pages/provider-pages.js';
import { ProviderConfiguration } from './provider-configuration.js';
import { ProviderMount } from './provider-mount.js';
import { SignInBinding } from './sign-in-binding.js';
import { GrantRepository } from './storage/grant.repository.js';
import { GrantRevocation } from './storage/grant-revocation.js';
import { OidcStorage } from './storage/oidc-adapter.js';
import { PayloadRepository } from './storage/payload.repository.js';
import { Turns } from './storage/turns.js';
import { ApiTokenService } from './tokens/api-token.service.js';
import { SignedTokenMiddleware } from './tokens/signed-token.middleware.js';
import { TokenLimit } from './tokens/token-limit.js';
import { TokenTransactionMiddleware } from './tokens/token-transaction.middleware.js';

/** The OAuth 2.0 and OpenID Connect provider, as part of auth. */
export const authorizationServerProviders: Provider[] = [
  ...[ApiTokenService, ConsentService, CurrentProvider, GrantRepository, GrantRevocation, InteractionRoutes, InteractionService],
  ...[OAuthClientRepository, OAuthClientService, OidcStorage, PayloadRepository, ProviderAccounts, ProviderConfiguration],
  ...[ProviderMount, ProviderPages, SignedTokenMiddleware, SignInBinding, TokenLimit, TokenTransactionMiddleware, Turns],
];
