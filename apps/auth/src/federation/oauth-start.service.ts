import type { InputOf, OutputOf, Principal, Redirect } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { invalidField } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { StepUp } from '../sessions/step-up.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { FlowCookie } from './flow-cookie.js';
import { type FlowHashes, FlowRepository } from './flow.repository.js';
import { flowSecrets } from './flow-secrets.js';
import { IssuerGate } from './issuer-gate.js';
import { ProviderDirectory } from './provider-directory.js';
import { RedirectUris } from './redirect-uris.js';

type Start = InputOf<typeof authEndpoints.startOauth>['query'];
type Link = InputOf<typeof authEndpoints.linkIdentity>['body'];

/** The way to an issuer. */
@Injectable()
export class OauthStartService {
  constructor(
    private readonly database: Database,
    private readonly directory: ProviderDirectory,
    private readonly gate: IssuerGate,
    private readonly flows: FlowRepository,
    private readonly redirectUris: RedirectUris,
    private readonly cookie: FlowCookie,
    private readonly stepUp: StepUp,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'PUBLIC_URL'>,
  ) {}

  async providers(): Promise<OutputOf<typeof authEndpoints.listOauthProviders>> {
    return { data: (await this.directory.list()).map(({ id, name }) => ({ id, name })) };
  }

  /** Throws NOT_FOUND, VALIDATION_ERROR for a redirect_uri or ticket that is no good, UPSTREAM_UNAVAILABLE. */
  async start(providerId: string, query: Start): Promise<Redirect> {
    const provider = await this.directory.get(providerId);
    const redirectUri = this.redirectUris.choose(query.redirect_uri);
    const browserSecret = newOpaqueToken();
    const state = newOpaqueToken();
    const location = await this.gate.authorizationUrl(provider, state, flowSecrets(browserSecret, state));
    const hashes = { stateHash: hashOfToken(state), browserHash: hashOfToken(browserSecret) };
    const { ticket, code_challenge: codeChallenge = null } = query;
    if (ticket !== undefined) await this.depart(provider.id, ticket, hashes);
    else {
      const flow = { provider: provider.id, redirectUri, codeChallenge, linking: null };
      await this.database.withoutTenant((tx) => this.flows.begin(tx, flow, hashes));
    }
    return { location, setCookie: this.cookie.set(browserSecret) };
  }

  /**
   * The browser gets its cookie when it goes there: an application of another origin can't be given one by an answer to
   * its script.
   */
  async link(principal: Principal, providerId: string, link: Link): Promise<OutputOf<typeof authEndpoints.linkIdentity>> {
    const provider = await this.directory.get(providerId);
    const redirectUri = this.redirectUris.choose(link?.redirect_uri);
    const ticket = newOpaqueToken();
    await this.database.withoutTenant(async (tx) => {
      await this.stepUp.require(tx, principal);
      const linking = { accountId: principal.userId, sessionId: principal.sessionId };
      const flow = { provider: provider.id, redirectUri, codeChallenge: link?.code_challenge ?? null, linking };
      await this.flows.prepare(tx, flow, hashOfToken(ticket));
    });
    const url = new URL(authEndpoints.startOauth.path.replace('{provider}', provider.id), this.config.PUBLIC_URL);
    url.searchParams.set('ticket', ticket);
    return { authorization_url: url.href };
  }

  private async depart(providerId: string, ticket: string, hashes: FlowHashes): Promise<void> {
    const isGood = await this.database.withoutTenant((tx) => this.flows.depart(tx, providerId, hashOfToken(ticket), hashes));
    if (!isGood) throw invalidField('ticket', 'is not valid any more');
  }
}
