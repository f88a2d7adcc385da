import type { Client as Caller } from '@atrium/contract-kit';
import { currentContext } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import { clientOf, toDomainError } from '@atrium/platform/http';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors } from 'oidc-provider';
import { askedScopes, ConsentService } from './consent.service.js';
import { formOf } from './form-body.js';
import { type Exchange, InteractionService, type OpenInteraction, type Step } from './interaction.service.js';
import { consentPage, refusedPage, secondFactorPage, signInPage } from './pages/interaction-pages.js';
import { pageHeaders } from './pages/layout.js';
import { interactionPath } from './provider-routes.js';

type Act = (open: OpenInteraction, exchange: Exchange, form: URLSearchParams, caller: Caller) => Promise<Step>;

const returnTo = ({ interaction }: OpenInteraction): string => String(interaction.params['redirect_uri'] ?? '');

/** What a person may know of why signing in didn't work. */
const problemOf = (error: DomainError): string =>
  error.code === 'INVALID_CREDENTIALS' ? 'This e-mail address and password are not right, or not of a member of the organization of this app.' : error.message;

const codeProblemOf = (error: DomainError): string =>
  error.code === 'INVALID_CREDENTIALS' ? 'This code is not right, or it took too long. Try another one, or begin again.' : error.message;

/** The sign-in and consent pages over HTTP. */
@Injectable()
export class InteractionRoutes {
  constructor(
    private readonly interactions: InteractionService,
    private readonly consents: ConsentService,
  ) {}

  async show(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, async (exchange, uid) => {
      const open = await this.interactions.open(exchange, uid);
      const body = open.interaction.prompt.name === 'login' ? loginPage(open) : await this.consentPage(open);
      page(reply, 200, body, returnTo(open));
    });
  }

  async login(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.submit(request, reply, async (open, exchange, form, caller) => {
      if (form.has('cancel')) return this.interactions.deny(exchange);
      return this.interactions.signIn(open, exchange, form, caller);
    });
  }

  async secondFactor(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.submit(request, reply, async (open, exchange, form, caller) => {
      if (form.has('cancel')) return this.interactions.deny(exchange);
      return this.interactions.secondFactor(open, exchange, form, caller);
    });
  }

  async consent(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.submit(request, reply, async (open, exchange, form, caller) => {
      if (form.get('decision') !== 'allow') return this.interactions.deny(exchange);
      return this.interactions.consent(open, exchange, caller);
    });
  }

  private submit(request: FastifyRequest, reply: FastifyReply, act: Act): Promise<void> {
    return this.answer(request, reply, async (exchange, uid) => {
      requireOwnForm(request);
      const open = await this.interactions.open(exchange, uid);
      const form = formOf(request.raw);
      const caller = clientOf(request);
      try {
        const step = await act(open, exchange, form, caller);
        keepDevice(reply);
        if ('mfaToken' in step) return page(reply, 200, codePage(open, step.mfaToken), returnTo(open));
        reply.raw.writeHead(303, { ...pageHeaders(returnTo(open)), location: step.location, 'content-length': '0' }).end();
      } catch (error) {
        if (!(error instanceof DomainError) || open.interaction.prompt.name !== 'login' || error.code === 'CONFLICT') throw error;
        const mfaToken = form.get('mfa_token');
        const again = mfaToken === null ? loginPage(open, form.get('email') ?? '', problemOf(error)) : codePage(open, mfaToken, codeProblemOf(error));
        page(reply, error.status, again, returnTo(open), error.retryAfterSeconds);
      }
    });
  }

  private async consentPage(open: OpenInteraction): Promise<string> {
    const { interaction, client } = open;
    return consentPage({
      action: `${interactionPath(interaction.uid)}/consent`,
      clientName: client.name,
      email: await this.consents.emailOf(interaction.session?.accountId ?? ''),
      host: URL.parse(returnTo(open))?.host ?? '',
      scopes: askedScopes(open),
    });
  }

  /** Takes the answer out of the framework's hands: the library works on node's own objects. */
  private async answer(request: FastifyRequest, reply: FastifyReply, work: (exchange: Exchange, uid: string) => Promise<void>): Promise<void> {
    const { uid } = request.params as { uid: string };
    try {
      await work({ request: request.raw, response: reply.raw }, uid);
    } catch (error) {
      const domainError = error instanceof errors.SessionNotFound ? new DomainError('NOT_FOUND', 'This page is no longer valid.') : toDomainError(error);
      if (domainError.status >= 500) request.log.error({ err: domainError }, 'request failed');
      page(reply, domainError.status, refusedPage(domainError.message), undefined);
    }
  }
}

/** The framework, which would set them, has let go of the answer. */
function keepDevice(reply: FastifyReply): void {
  for (const cookie of currentContext()?.cookies ?? []) reply.raw.appendHeader('set-cookie', cookie);
}

/** A form of another site is refused: besides the cookie, which is not sent with it (SameSite), by the browser's own word. */
function requireOwnForm(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new DomainError('FORBIDDEN', 'This form was sent by another site.', { detail: `sec-fetch-site: ${String(site)}` });
  }
}

const loginPage = ({ interaction, client }: OpenInteraction, email?: string, problem?: string): string =>
  signInPage({
    action: `${interactionPath(interaction.uid)}/login`,
    clientName: client.name,
    ...(email === undefined ? {} : { email }),
    ...(problem === undefined ? {} : { problem }),
  });

const codePage = ({ interaction }: OpenInteraction, mfaToken: string, problem?: string): string =>
  secondFactorPage({ action: `${interactionPath(interaction.uid)}/mfa`, startOver: interactionPath(interaction.uid), mfaToken, ...(problem === undefined ? {} : { problem }) });

function page(reply: FastifyReply, status: number, body: string, target: string | undefined, retryAfterSeconds?: number): void {
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  reply.raw.writeHead(status, { ...pageHeaders(target), ...retry, ...length, 'x-request-id': reply.request.id }).end(body);
}
