import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserProgram, startBrowser } from './browser.js';
import { newIssuerAccount, startUrl } from './guest.js';
import { platform } from './platform.js';

const signInPage = `${platform.gateway}/sign-in`;
const status = (page: Page) => page.locator('#status');

describe.skipIf(browserProgram === undefined)('the page to sign in, in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  /** In a window of its own, without anybody else's cookies. */
  const open = async (url = signInPage): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    return page;
  };
  const continueAtIssuer = async (page: Page, outcome: object): Promise<void> => {
    await page.getByText('Continue with Acme').click();
    await page.locator('input[name=outcome]').fill(JSON.stringify(outcome));
    await page.getByText('Go on').click();
  };

  it('leads to the issuer and back, signed in, and leaves no code in the address bar', async () => {
    const page = await open();
    const account = newIssuerAccount();
    await continueAtIssuer(page, { account });
    await status(page).getByText(`You are signed in as ${account.email}.`).waitFor();
    expect(page.url()).toBe(signInPage);
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  it('says what went wrong, and offers to begin again', async () => {
    const page = await open();
    await continueAtIssuer(page, { account: { ...newIssuerAccount(), email_verified: false } });
    await status(page).getByText('has not verified your e-mail address').waitFor();
    expect(page.url()).toBe(signInPage);
    await page.getByText('Continue with Acme').waitFor();
  });

  it("signs nobody in by another browser's callback", async () => {
    const attacker = await open();
    await attacker.route('**/callback?**', (route) => route.abort());
    await attacker.goto(startUrl);
    await attacker.locator('input[name=outcome]').fill(JSON.stringify({ account: newIssuerAccount() }));
    const callback = attacker.waitForRequest((request) => request.url().includes('/callback?'));
    await attacker.getByText('Go on').click();
    const victim = await open((await callback).url());
    await status(victim).getByText('Please begin again.').waitFor();
  });

  it.each(['constructor', '<img src=x onerror=alert(1)>', 'unheard_of'])('shows nothing of an error that it does not know: %s', async (error) => {
    const page = await open(`${signInPage}?error=${encodeURIComponent(error)}`);
    await status(page).getByText('The sign-in did not work.').waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });
});
