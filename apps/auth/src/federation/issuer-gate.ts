import { email } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import * as client from 'openid-client';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import type { FlowSecrets } from './flow-secrets.js';
import { IssuerClients } from './issuer-clients.js';
import { isOutage, problemOf } from './issuer-problem.js';
import { type ProvenIdentity, provenIdentity } from './proven-identity.js';
import type { OauthProvider } from './provider-settings.js';
import { SignInRefused } from './sign-in-refused.js';

/** What the issuer sent back in the callback's query. */
export type CallbackParameters = Readonly<Record<string, unknown>>;

/** Sends people to an issuer and understands what it sends back; openid-client checks state, iss, PKCE and the ID token. */
@Injectable()
export class IssuerGate {
  constructor(
    private readonly clients: IssuerClients,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'PUBLIC_URL'>,
  ) {}

  /** Throws UPSTREAM_UNAVAILABLE while the issuer's endpoints can't be had. */
  async authorizationUrl(provider: OauthProvider, state: string, { nonce, codeVerifier }: FlowSecrets): Promise<string> {
    const configuration = await this.clients.get(provider);
    const url = client.buildAuthorizationUrl(configuration, {
      response_type: 'code',
      redirect_uri: this.callbackOf(provider).href,
      scope: provider.scopes.join(' '),
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /** Trades the code of the callback for the person's claims. Throws {@link SignInRefused}. */
  async identityOf(
    provider: OauthProvider,
    parameters: CallbackParameters,
    { state, nonce, codeVerifier }: FlowSecrets & { readonly state: string },
  ): Promise<ProvenIdentity> {
    const callback = this.callbackOf(provider);
    for (const [name, value] of Object.entries(parameters)) if (typeof value === 'string') callback.searchParams.set(name, value);
    try {
      const configuration = await this.clients.get(provider);
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new SignInRefused('invalid_response', 'the issuer gave no ID token');
      const address = await this.addressOf(configuration, claims, tokens.access_token);
      return provenIdentity.parse({ provider: provider.id, issuer: claims.iss, subject: claims.sub, ...address });
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** Each issuer has a redirect URI of its own (RFC 9700 §4.4.2.2: one more defence against mix-ups). */
  private callbackOf({ id }: OauthProvider): URL {
    return new URL(`/api/v1/auth/oauth/${id}/callback`, this.config.PUBLIC_URL);
  }

  /** From the ID token, or else from user info, where issuers put what a scope asked for (OpenID Connect Core 1.0 §5.4). */
  private async addressOf(
    configuration: client.Configuration,
    claims: client.IDToken,
    accessToken: string,
  ): Promise<Pick<ProvenIdentity, 'email' | 'emailVerified'>> {
    if (claims['email'] !== undefined || configuration.serverMetadata().userinfo_endpoint === undefined) return toAddress(claims);
    return toAddress(await client.fetchUserInfo(configuration, accessToken, claims.sub));
  }
}

function toAddress(claims: Readonly<Record<string, unknown>>): Pick<ProvenIdentity, 'email' | 'emailVerified'> {
  const address = email.safeParse(claims['email']);
  return { email: address.success ? address.data : null, emailVerified: address.success && claims['email_verified'] === true };
}

function refusalOf(error: unknown): SignInRefused {
  if (error instanceof SignInRefused) return error;
  const problem = problemOf(error);
  if (error instanceof client.AuthorizationResponseError) {
    return new SignInRefused(error.error === 'access_denied' ? 'access_denied' : 'provider_error', problem);
  }
  return new SignInRefused(isOutage(error) ? 'provider_unavailable' : 'invalid_response', problem);
}
