import {
  authEndpoints,
  type PasskeyAssertion,
  type PasskeyCreationOptions,
  type PasskeyRegistration,
  type PasskeyRequestOptions,
} from '@atrium/contracts/auth';
import { claimsOf } from '@atrium/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAuthenticator, browserProgram, startBrowser } from './browser.js';
import { api, platform, world } from './platform.js';

// Sent on as the browser wrote it: what it adds to the contract must not disturb.
const create = (page: Page, options: PasskeyCreationOptions): Promise<PasskeyRegistration> =>
  page.evaluate(`navigator.credentials
    .create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}) })
    .then((credential) => credential.toJSON())`);
const get = (page: Page, options: PasskeyRequestOptions): Promise<PasskeyAssertion> =>
  page.evaluate(`navigator.credentials
    .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)}) })
    .then((credential) => credential.toJSON())`);

const loginOptions = async () => (await api.call(authEndpoints.beginPasskeyLogin, {})).body;
const refusal = '401 INVALID_CREDENTIALS';

describe.skipIf(browserProgram === undefined)('a passkey in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  /** A page at the gateway, whose authenticator holds a passkey of a new person. */
  const withPasskey = async () => {
    const ann = await world.newAdmin();
    const page = await browser.newPage();
    await page.goto(`${platform.gateway}/reset-password`);
    const authenticator = await addAuthenticator(page);
    const { body: options } = await api.call(authEndpoints.beginPasskeyRegistration, { token: ann.token });
    const body = { response: await create(page, options), name: 'Laptop' };
    const { body: passkey } = await api.call(authEndpoints.finishPasskeyRegistration, { token: ann.token, body });
    return { ann, page, authenticator, passkey };
  };

  it('is added, signs in without an e-mail address, and opens nothing after it was removed', async () => {
    const { ann, page, authenticator, passkey } = await withPasskey();
    expect(await authenticator.count()).toBe(1);
    expect(passkey).toMatchObject({ name: 'Laptop', transports: ['internal'], last_used_at: null });
    await world.mailTo(ann.email, /passkey was added/i);

    const { body: session } = await api.call(authEndpoints.finishPasskeyLogin, { body: { response: await get(page, await loginOptions()) } });
    expect(session.user).toMatchObject({ id: ann.id, roles: ['org_admin'] });
    expect(claimsOf(session.access_token).org_id).toBe(ann.orgId);

    const token = session.access_token;
    const { body: list } = await api.call(authEndpoints.listPasskeys, { token });
    expect(list.data).toEqual([{ ...passkey, last_used_at: expect.any(String) }]);
    await api.call(authEndpoints.removePasskey, { token, params: { id: passkey.id } });
    await world.mailTo(ann.email, /passkey was removed/i);
    const response = await get(page, await loginOptions());
    expect(await api.verdict(authEndpoints.finishPasskeyLogin, { body: { response } })).toBe(refusal);
  });

  it('is not added twice to one authenticator', async () => {
    const { ann, page, authenticator } = await withPasskey();
    const { body: options } = await api.call(authEndpoints.beginPasskeyRegistration, { token: ann.token });
    await expect(create(page, options)).rejects.toThrow(/InvalidStateError|previously registered/);
    expect(await authenticator.count()).toBe(1);
  });

  it('proves again who one is', async () => {
    const { ann, page } = await withPasskey();
    const { body: options } = await api.call(authEndpoints.beginPasskeyReauthentication, { token: ann.token });
    const body = { response: await get(page, options) };
    expect(await api.verdict(authEndpoints.finishPasskeyReauthentication, { token: ann.token, body })).toBe('204');
    expect(await api.verdict(authEndpoints.finishPasskeyReauthentication, { token: ann.token, body })).toBe(refusal);
  });

  it('is refused when a page of another origin asked for it, though the browser lets it', async () => {
    const { ann, page, authenticator } = await withPasskey();
    // The same host at another port: of the same domain for browsers, and another origin.
    await page.goto(platform.mail);
    expect(await authenticator.count()).toBe(1);
    const response = await get(page, await loginOptions());
    expect(await api.verdict(authEndpoints.finishPasskeyLogin, { body: { response } })).toBe(refusal);
    await page.goto(`${platform.gateway}/reset-password`);
    const { body } = await api.call(authEndpoints.finishPasskeyLogin, { body: { response: await get(page, await loginOptions()) } });
    expect(body.user.id).toBe(ann.id);
  });
});
