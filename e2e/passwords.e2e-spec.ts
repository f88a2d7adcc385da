import { authEndpoints } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import { password, until } from '@atrium/testing';
import { describe, expect, it } from 'vitest';
import { api, platform, world } from './platform.js';

const fresh = 'a sentence nobody has used before';
const resetTokenOf = async (email: string): Promise<string> => {
  const { text } = await world.mailTo(email, /new password/i);
  expect(text).toContain(`${platform.gateway}/reset-password?token=`);
  return /token=([\w-]+)/.exec(text)?.[1] ?? '';
};
const login = (email: string, given: string) => api.verdict(authEndpoints.login, { body: { email, password: given } });

describe('a forgotten password', () => {
  it('is replaced by the mailed token, once; tokens of before die at every service within five seconds', async () => {
    const ann = await world.newAdmin();
    const begun = await api.verdict(authEndpoints.forgotPassword, { body: { email: ann.email } });
    expect(begun).toBe('202');
    const body = { token: await resetTokenOf(ann.email), password: fresh, password_confirm: fresh };
    expect(await api.verdict(authEndpoints.resetPassword, { body })).toBe('204');
    const at = performance.now();
    await until('the end of the token at users', async () => (await api.verdict(usersEndpoints.listSites, { token: ann.token })) === '401 UNAUTHENTICATED');
    expect(performance.now() - at).toBeLessThan(5_000);
    expect(await login(ann.email, password)).toBe('401 INVALID_CREDENTIALS');
    expect(await login(ann.email, fresh)).toBe('200');
    expect(await api.verdict(authEndpoints.resetPassword, { body })).toBe('400 VALIDATION_ERROR');
    const notice = await world.mailTo(ann.email, /was changed/i);
    expect(notice.text).not.toContain('token');
  });

  it('is asked for alike for known and unknown addresses', async () => {
    const email = await world.register();
    for (const address of [email, world.newAddress()]) {
      expect(await api.verdict(authEndpoints.forgotPassword, { body: { email: address } })).toBe('202');
    }
  });

  it('is replaced on a page that changes nothing by being opened', async () => {
    const page = await fetch(`${platform.gateway}/reset-password?token=x`);
    expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(await page.text()).not.toMatch(/<script>|onsubmit/);
  });
});

describe('the strength of a password', () => {
  it('is told to anyone', async () => {
    const { body } = await api.call(authEndpoints.measurePassword, { body: { password: 'P@ssw0rd1234' } });
    expect(body).toMatchObject({ acceptable: false });
  });
});
