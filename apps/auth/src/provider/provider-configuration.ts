import { Inject, Injectable } from '@nestjs/common';
import type { Client, Configuration } from 'oidc-provider';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { refreshTokenDays, sessionDays } from '../sessions/session-lifetime.js';
import { KeyRing } from '../signing-keys/key-ring.js';
import { longestTokenSeconds as accessTokenSeconds } from '../signing-keys/rotation-times.js';
import { ProviderAccounts } from './accounts.js';
import { organizationKey, permissionsKey } from './clients/client-metadata.js';
import { ProviderPages } from './pages/provider-pages.js';
import { signingKeysOf } from './provider-signing-key.js';
import { interactionPath, providerRoutes } from './provider-routes.js';
import { defaultResource, openidScopes, resourceServer } from './resources.js';
import { OidcStorage } from './storage/oidc-adapter.js';
import { ApiTokenService } from './tokens/api-token.service.js';
import { TokenLimit } from './tokens/token-limit.js';

const day = 24 * 3600;
const codeSeconds = 60;
const interactionSeconds = 30 * 60;

/** Ids in cookies are 256 random bits, looked up by their hash: a signature over them would add nothing. */
const cookie = { httpOnly: true, sameSite: 'lax', signed: false, path: '/oidc' } as const;

const sameClient = (client: Client, token: { readonly clientId?: string | undefined }): boolean => client.clientId === token.clientId;

/** Everything that the library is told; what is not here is off. */
@Injectable()
export class ProviderConfiguration {
  constructor(
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'TOKEN_ISSUER' | 'TOKEN_AUDIENCE'>,
    private readonly keys: KeyRing,
    private readonly storage: OidcStorage,
    private readonly accounts: ProviderAccounts,
    private readonly apiTokens: ApiTokenService,
    private readonly limit: TokenLimit,
    private readonly pages: ProviderPages,
  ) {}

  /** With the signing keys as they are now. */
  build(): Configuration {
    const { TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience } = this.config;
    return {
      adapter: this.storage.adapter,
      jwks: { keys: signingKeysOf(this.keys) },
      routes: providerRoutes,
      findAccount: this.accounts.find,
      scopes: [...openidScopes],
      claims: { openid: ['sub', 'org_id', 'auth_time', 'amr'], email: ['email', 'email_verified'] },
      subjectTypes: ['public'],
      responseTypes: ['code'],
      allowOmittingSingleRegisteredRedirectUri: false,
      pkce: { required: () => true },
      clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
      clientDefaults: { id_token_signed_response_alg: 'ES256', grant_types: [], response_types: [] },
      enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
      extraClientMetadata: { properties: [organizationKey, permissionsKey] },
      // Scripts of any origin may call what needs no cookie; the gateway says so, in its own headers.
      clientBasedCORS: () => false,
      cookies: { names: { session: 'atrium_sso', interaction: 'atrium_interaction', resume: 'atrium_resume' }, long: cookie, short: cookie },
      ttl: {
        AccessToken: accessTokenSeconds,
        AuthorizationCode: codeSeconds,
        ClientCredentials: accessTokenSeconds,
        Grant: sessionDays * day,
        IdToken: accessTokenSeconds,
        Interaction: interactionSeconds,
        RefreshToken: refreshTokenDays * day,
        Session: refreshTokenDays * day,
      },
      interactions: { url: (_ctx, interaction) => interactionPath(interaction.uid) },
      issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
      rotateRefreshToken: true,
      revokeGrantPolicy: () => true,
      // A grant has a session of its own and ends with that.
      expiresWithSession: () => false,
      extraTokenClaims: async (_ctx, token) => {
        await this.limit.consume(token.clientId ?? '');
        return undefined;
      },
      formats: { customizers: { jwt: (ctx, token, parts) => this.apiTokens.shape(ctx, token, parts) } },
      renderError: this.pages.error,
      features: {
        devInteractions: { enabled: false },
        dPoP: { enabled: false },
        clientCredentials: { enabled: true },
        externalSigningSupport: { enabled: true, ack: 'experimental-01' },
        introspection: { enabled: true, allowedPolicy: (_ctx, client, token) => sameClient(client, token) },
        pushedAuthorizationRequests: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: (ctx) => defaultResource(ctx, issuer) ?? [],
          getResourceServerInfo: (_ctx, resource, client) => resourceServer(client, resource, { issuer, audience }),
          useGrantedResource: () => true,
        },
        revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => sameClient(client, token) },
        rpInitiatedLogout: { enabled: true, logoutSource: this.pages.signOut, postLogoutSuccessSource: this.pages.signedOut },
        userinfo: { enabled: true },
      },
    };
  }
}
