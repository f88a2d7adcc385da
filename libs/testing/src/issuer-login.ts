import type { Browser, Page } from './browser.js';

/** Somebody's claims; `email_verified` may be anything that an issuer in the wild might say. */
export interface IssuerAccount {
  readonly sub: string;
  readonly email?: unknown;
  readonly email_verified?: unknown;
}

/** Where an {@link IdentityIssuer} asks who is there. */
export const loginPath = '/log-in/';

const isCallback = ({ pathname }: URL): boolean => pathname.endsWith('/callback');

async function logIn(browser: Browser, { url }: Page, result: object): Promise<URL> {
  const answer = await browser.request(url, { method: 'POST', body: new URLSearchParams({ outcome: JSON.stringify(result) }) });
  return (await browser.follow(new URL(answer.headers.get('location') ?? '', url), isCallback)).url;
}

/**
 * Follows `url` to an issuer, signs in there as the account, and stops where the browser is sent back to. A browser that
 * is signed in there already isn't asked again.
 *
 * @returns the callback URL, which is not visited
 */
export async function authenticate(browser: Browser, url: string | URL, account: IssuerAccount): Promise<URL> {
  const page = await browser.follow(url, (next) => next.pathname.startsWith(loginPath) || isCallback(next));
  if (isCallback(page.url)) return page.url;
  if (!page.url.pathname.startsWith(loginPath)) throw new Error(`${page.url.pathname} answered ${page.status}: ${page.text}`);
  return logIn(browser, page, { account });
}

/** As {@link authenticate}, but the person declines. */
export async function decline(browser: Browser, url: string | URL): Promise<URL> {
  return logIn(browser, await browser.follow(url, (next) => next.pathname.startsWith(loginPath)), { error: 'access_denied' });
}
