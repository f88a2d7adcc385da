import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessTokenClaims, type Client as Caller, email } from '@atrium/contract-kit';
import { authEndpoints, givenPassword, type SignedIn } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import type { InteractionResults } from 'oidc-provider';
import { z } from 'zod';
import { MfaLoginService } from '../second-factors/mfa-login.service.js';
import { LoginService } from '../sessions/login.service.js';
import { SessionRepository } from '../sessions/session.repository.js';
import type { OAuthClientRow } from './clients/oauth-client.repository.js';
import { OAuthClientRepository } from './clients/oauth-client.repository.js';
import { ConsentService } from './consent.service.js';
import { CurrentProvider } from './current-provider.js';

type Interaction = Awaited<ReturnType<ReturnType<CurrentProvider['get']>['interactionDetails']>>;

export interface OpenInteraction {
  readonly interaction: Interaction;
  readonly client: OAuthClientRow;
}

/** The node objects of a request: the library reads its cookies from there. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Where the browser goes, or the token of a sign-in that waits for a second factor. */
export type Step = { readonly location: string } | { readonly mfaToken: string };

const credentials = z.object({ email, password: givenPassword });

/** What the sign-in and consent pages do. */
@Injectable()
export class InteractionService {
  constructor(
    private readonly provider: CurrentProvider,
    private readonly database: Database,
    private readonly clients: OAuthClientRepository,
    private readonly logins: LoginService,
    private readonly secondFactors: MfaLoginService,
    private readonly sessions: SessionRepository,
    private readonly consents: ConsentService,
  ) {}

  /** The one that this browser began, by its cookie; throws the library's SessionNotFound, and NOT_FOUND for another's. */
  async open({ request, response }: Exchange, uid: string): Promise<OpenInteraction> {
    const interaction = await this.provider.get().interactionDetails(request, response);
    const clientId = String(interaction.params['client_id']);
    const client = await this.database.withoutTenant((tx) => this.clients.findAnywhere(tx, clientId));
    if (interaction.uid !== uid || !client) throw new DomainError('NOT_FOUND', 'This page is no longer valid.');
    return { interaction, client };
  }

  /** Opens a session of the platform by the same rules as POST /auth/login, in the client's organization. Throws as it does. */
  async signIn(open: OpenInteraction, exchange: Exchange, form: URLSearchParams, caller: Caller): Promise<Step> {
    requirePrompt(open, 'login');
    const given = credentials.safeParse({ email: form.get('email'), password: form.get('password') });
    if (!given.success) throw new DomainError('INVALID_CREDENTIALS');
    const answer = await this.logins.login({ ...given.data, org_id: open.client.org_id }, caller);
    return 'mfa_required' in answer ? { mfaToken: answer.mfa_token } : { location: await this.signedIn(exchange, answer) };
  }

  /** Goes on by the rules of POST /auth/login/mfa. Throws as it does. */
  async secondFactor(open: OpenInteraction, exchange: Exchange, form: URLSearchParams, caller: Caller): Promise<Step> {
    requirePrompt(open, 'login');
    const given = authEndpoints.loginSecondFactor.body.safeParse({ mfa_token: form.get('mfa_token'), code: form.get('code') });
    if (!given.success) throw new DomainError('INVALID_CREDENTIALS');
    return { location: await this.signedIn(exchange, await this.secondFactors.login(given.data, caller)) };
  }

  private async signedIn(exchange: Exchange, { access_token }: SignedIn): Promise<string> {
    const { sub, sid } = accessTokenClaims.parse(decodeJwt(access_token));
    const proof = await this.database.withoutTenant((tx) => this.sessions.proofOf(tx, sid));
    if (!proof) throw new DomainError('INVALID_CREDENTIALS', undefined, { detail: 'the session is over already' });
    return this.finish(exchange, {
      login: { accountId: sub, amr: proof.methods, ts: Math.floor(proof.authenticated_at.getTime() / 1000) },
      sign_in: { account_id: sub, session_id: sid },
    });
  }

  /** Lets the client in for what it asked for; somebody who is no member of its organization can't. */
  async consent(open: OpenInteraction, exchange: Exchange, caller: Caller): Promise<Step> {
    requirePrompt(open, 'consent');
    const grantId = await this.consents.grant(this.provider.get(), open, caller);
    if (grantId === undefined) return this.deny(exchange, 'you are no member of the organization of this app');
    return { location: await this.finish(exchange, { consent: { grantId } }) };
  }

  async deny(exchange: Exchange, reason = 'the person said no'): Promise<Step> {
    return { location: await this.finish(exchange, { error: 'access_denied', error_description: reason }) };
  }

  private finish({ request, response }: Exchange, result: InteractionResults): Promise<string> {
    return this.provider.get().interactionResult(request, response, result);
  }
}

function requirePrompt({ interaction }: OpenInteraction, name: string): void {
  if (interaction.prompt.name !== name) throw new DomainError('CONFLICT', 'This page is no longer valid.');
}
