import { jwtVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { Inject, Injectable } from '@nestjs/common';
import type { Context, Next } from 'koa';
import { AUTH_CONFIG, type AuthConfig } from '../../config.js';
import { KeyRing } from '../../signing-keys/key-ring.js';
import { formOf, replaceForm } from '../form-body.js';
import { providerRoutes } from '../provider-routes.js';
import { isTwinId, twinId } from './token-twin.js';

/** What the library finds nothing under. */
const unknownToken = 'unknown';
const maxTokenLength = 8 * 1024;

/** Where a client app presents one of our signed access tokens, hands the library its twin instead. */
@Injectable()
export class SignedTokenMiddleware {
  constructor(
    private readonly keys: KeyRing,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'TOKEN_ISSUER' | 'TOKEN_AUDIENCE'>,
  ) {}

  readonly handle = async (ctx: Context, next: Next): Promise<void> => {
    const { path, req } = ctx;
    if (path === providerRoutes.userinfo) {
      const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
      if (bearer !== undefined) req.headers.authorization = `Bearer ${await this.known(bearer)}`;
    }
    if (path === providerRoutes.introspection || path === providerRoutes.revocation || path === providerRoutes.userinfo) {
      const form = formOf(req);
      const field = path === providerRoutes.userinfo ? 'access_token' : 'token';
      const tokens = form.getAll(field);
      if (tokens.length > 0) {
        form.delete(field);
        for (const token of tokens) form.append(field, await this.known(token));
        replaceForm(req, form);
      }
    }
    await next();
  };

  private async known(token: string): Promise<string> {
    if (isTwinId(token) || token.length > maxTokenLength) return unknownToken;
    if (!token.includes('.')) return token;
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(this.keySet()), {
        issuer: this.config.TOKEN_ISSUER,
        audience: this.config.TOKEN_AUDIENCE,
        algorithms: ['ES256'],
        typ: 'at+jwt',
      });
      return payload.jti === undefined ? unknownToken : twinId(payload.jti);
    } catch {
      return unknownToken;
    }
  }

  private keySet(): JSONWebKeySet {
    return { keys: this.keys.jwks().keys.map((key) => ({ ...key })) };
  }
}
