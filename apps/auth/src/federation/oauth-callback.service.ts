import type { Redirect } from '@atrium/contract-kit';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AccountAudit } from '../audit/account-audit.js';
import { FederatedAccounts } from '../identities/federated-accounts.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { CodeRepository, type Grant } from './code.repository.js';
import { FlowCookie } from './flow-cookie.js';
import { type Flow, FlowRepository } from './flow.repository.js';
import { flowSecrets } from './flow-secrets.js';
import { type CallbackParameters, IssuerGate } from './issuer-gate.js';
import type { ProvenIdentity } from './proven-identity.js';
import { ProviderDirectory } from './provider-directory.js';
import type { OauthProvider } from './provider-settings.js';
import { RedirectUris, returnTo } from './redirect-uris.js';
import { SignInRefused } from './sign-in-refused.js';

/** A flow that the browser at hand began, with the secrets to finish it. */
interface Return {
  readonly flow: Flow;
  readonly state: string;
  readonly browserSecret: string;
}

/** The way back from an issuer. */
@Injectable()
export class OauthCallbackService {
  constructor(
    private readonly database: Database,
    private readonly directory: ProviderDirectory,
    private readonly gate: IssuerGate,
    private readonly flows: FlowRepository,
    private readonly codes: CodeRepository,
    private readonly cookie: FlowCookie,
    private readonly redirectUris: RedirectUris,
    private readonly accounts: FederatedAccounts,
    private readonly audit: AccountAudit,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws NOT_FOUND for an unknown provider; whatever else is wrong is told to the application. */
  async finish(providerId: string, parameters: CallbackParameters, cookies: ReadonlyMap<string, string>): Promise<Redirect> {
    const provider = await this.directory.get(providerId);
    let redirectUri = this.redirectUris.byDefault;
    try {
      const returned = await this.take(provider, parameters['state'], cookies);
      // An URI that is no longer configured is nowhere to go.
      redirectUri = this.redirectUris.choose(returned.flow.redirectUri);
      return { location: returnTo(redirectUri, { code: await this.complete(provider, parameters, returned) }) };
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      this.tell(provider, error);
      return { location: returnTo(redirectUri, { error: error.code }) };
    }
  }

  /** The state is used up before the issuer is asked anything, whatever comes of it. */
  private async take(provider: OauthProvider, state: unknown, cookies: ReadonlyMap<string, string>): Promise<Return> {
    const browserSecret = this.cookie.read(cookies);
    if (typeof state !== 'string' || browserSecret === undefined) throw new SignInRefused('invalid_flow', 'state or cookie is missing');
    const hashes = { stateHash: hashOfToken(state), browserHash: hashOfToken(browserSecret) };
    const flow = await this.database.withoutTenant((tx) => this.flows.take(tx, provider.id, hashes));
    if (!flow) throw new SignInRefused('invalid_flow', "the state is unknown, over, used, another browser's or another provider's");
    return { flow, state, browserSecret };
  }

  private async complete(provider: OauthProvider, parameters: CallbackParameters, returned: Return): Promise<string> {
    const { flow, state, browserSecret } = returned;
    const proven = await this.gate.identityOf(provider, parameters, { state, ...flowSecrets(browserSecret, state) });
    const grant = flow.linking ? linkGrant(flow.linking.sessionId, proven) : await this.signInGrant(provider, proven);
    const code = newOpaqueToken();
    const binding = { browserHash: hashOfToken(browserSecret), codeChallenge: flow.codeChallenge };
    const isGiven = await this.database.withoutTenant((tx) => this.codes.insert(tx, hashOfToken(code), grant, binding));
    if (!isGiven) throw new SignInRefused('invalid_flow', 'the identity was taken off meanwhile');
    return code;
  }

  private async signInGrant(provider: OauthProvider, proven: ProvenIdentity): Promise<Grant> {
    return { kind: 'sign-in', identityId: await this.accounts.enter(provider, proven) };
  }

  private tell(provider: OauthProvider, { code, message, account }: SignInRefused): void {
    const record = { event: 'oauth.refused', provider: provider.id, code, account_id: account?.id ?? null, problem: message };
    this.logger.warn(record, 'Sign-in with another issuer refused');
    this.audit.failed(account, 'user.sign_in_failed', `${code} at ${provider.id}`);
  }
}

const linkGrant = (sessionId: string, proven: ProvenIdentity): Grant => ({ kind: 'link', sessionId, proven });
