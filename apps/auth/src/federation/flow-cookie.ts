import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { flowSeconds } from './flow.repository.js';

const wellFormed = /^[A-Za-z0-9_-]{43}$/;

/**
 * The cookie that binds a flow to the browser that began it, so that nobody is signed in by another person's callback
 * URL. Lax, since the issuer sends the browser back by a navigation from its own site. Over https its name has the prefix
 * `__Host-` (draft-ietf-httpbis-rfc6265bis §4.1.3), which demands `Path=/` and is what keeps a neighbouring subdomain
 * from planting a cookie of its own. Whoever begins a second flow gives the first one up.
 */
@Injectable()
export class FlowCookie {
  private readonly isSecure: boolean;
  private readonly name: string;

  constructor(@Inject(AUTH_CONFIG) config: Pick<AuthConfig, 'PUBLIC_URL'>) {
    this.isSecure = new URL(config.PUBLIC_URL).protocol === 'https:';
    this.name = this.isSecure ? '__Host-atrium-oauth' : 'atrium-oauth';
  }

  /** The browser's secret, if it has one that could be ours. */
  read(cookies: ReadonlyMap<string, string>): string | undefined {
    const value = cookies.get(this.name);
    return value !== undefined && wellFormed.test(value) ? value : undefined;
  }

  /** As a `Set-Cookie` value. */
  set(secret: string): string {
    return `${this.name}=${secret}; Max-Age=${flowSeconds}; Path=/; HttpOnly; SameSite=Lax${this.isSecure ? '; Secure' : ''}`;
  }
}
