import { invalidField } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import type { RefusalCode } from './sign-in-refused.js';

/** Where browsers may be sent back to: exactly the configured URIs, compared as text (RFC 9700 §2.1), and nothing else. */
@Injectable()
export class RedirectUris {
  private readonly allowed: readonly string[];

  constructor(@Inject(AUTH_CONFIG) config: Pick<AuthConfig, 'OAUTH_REDIRECT_URIS' | 'APP_URL'>) {
    this.allowed = config.OAUTH_REDIRECT_URIS ?? [new URL('/sign-in', config.APP_URL).href];
  }

  /** For who names none. */
  get byDefault(): string {
    return this.allowed[0] ?? '';
  }

  /** Throws VALIDATION_ERROR for any other than the configured ones. */
  choose(asked: string | undefined): string {
    if (asked === undefined) return this.byDefault;
    if (!this.allowed.includes(asked)) throw invalidField('redirect_uri', 'is not one of the configured ones');
    return asked;
  }
}

/** The URI with what the application learns. */
export function returnTo(redirectUri: string, outcome: { readonly code: string } | { readonly error: RefusalCode }): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}
