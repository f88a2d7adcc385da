import { randomUUID } from 'node:crypto';
import { authEndpoints, identity, type Identity } from '@atrium/contracts/auth';
import { authenticate, Browser, type IssuerAccount, type Page, type Person } from '@atrium/testing';
import { api, platform, world } from './platform.js';

export const startUrl = `${platform.gateway}${authEndpoints.startOauth.path.replace('{provider}', 'acme')}`;

export const newIssuerAccount = (email = world.newAddress()): IssuerAccount & { readonly email: string } => ({
  sub: randomUUID(),
  email,
  email_verified: true,
});

/** Somebody at a browser of their own, who signs in with the issuer. */
export class Guest {
  readonly browser = new Browser();

  /** To the issuer, signed in there, and back. @returns the page on which the browser ends */
  async goThrough(account: IssuerAccount, url: string = startUrl): Promise<Page> {
    return this.browser.follow(await authenticate(this.browser, url, account));
  }

  /** As the page's script does it. */
  redeem(code: string | null): Promise<Page> {
    return this.browser.request(`${platform.gateway}${authEndpoints.redeemOauthCode.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  }
}

export const codeOf = ({ url }: Page): string | null => url.searchParams.get('code');

/** An identity that opens the person's account from now on. */
export async function linkIdentity(person: Person, account = newIssuerAccount()): Promise<Identity> {
  const link = await api.call(authEndpoints.linkIdentity, { token: person.token, params: { provider: 'acme' } });
  const guest = new Guest();
  const page = await guest.goThrough(account, link.body.authorization_url);
  const answer = await api.call(authEndpoints.addIdentity, {
    token: person.token,
    body: { code: codeOf(page) ?? '' },
    headers: { cookie: guest.browser.cookieHeader(startUrl) },
  });
  return identity.parse(answer.body);
}
