import { authEndpoints, isSignedIn } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import { password, type Person, signedIn } from '@atrium/testing';
import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import { logsOf } from './logs.js';
import { api, platform, world } from './platform.js';

let ann: Person;
let secret: string;
let recoveryCodes: string[];

/** The code of so many steps of 30 seconds from now. */
const codeIn = (steps: number): string => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + steps * 30_000 });
const credentials = () => ({ body: { email: ann.email, password } });

async function question() {
  const { body } = await api.call(authEndpoints.login, credentials());
  if (isSignedIn(body)) throw new Error('No second factor was asked for');
  return body;
}

beforeAll(async () => {
  ann = await world.newAdmin();
});

describe('a second factor', () => {
  it('is enrolled with an authenticator app, and its person is told by mail', async () => {
    const enrolment = (await api.call(authEndpoints.enrollTotp, { token: ann.token })).body;
    secret = enrolment.secret;
    expect(enrolment.otpauth_url).toMatch(/^otpauth:\/\/totp\/Atrium/);
    expect(isSignedIn((await api.call(authEndpoints.login, credentials())).body)).toBe(true);
    const { body } = await api.call(authEndpoints.confirmTotp, { token: ann.token, body: { code: codeIn(0) } });
    recoveryCodes = body.recovery_codes;
    expect(new Set(recoveryCodes).size).toBe(10);
    const notice = await world.mailTo(ann.email, /authenticator app was added/i);
    expect(notice.text).not.toContain(secret);
  });

  it('is asked for at sign-in; the answer to the password opens nothing by itself', async () => {
    const { mfa_token, methods } = await question();
    expect(methods).toEqual(['totp', 'recovery_code']);
    expect(await api.verdict(usersEndpoints.listSites, { token: mfa_token })).toBe('401 UNAUTHENTICATED');
    expect(await api.verdict(authEndpoints.loginSecondFactor, { body: { mfa_token, code: 'not-a-code' } })).toBe('401 INVALID_CREDENTIALS');
    const body = { mfa_token, code: codeIn(1) };
    const session = (await api.call(authEndpoints.loginSecondFactor, { body })).body;
    expect(await api.verdict(usersEndpoints.listSites, { token: session.access_token })).toBe('200');
    expect(await api.verdict(authEndpoints.loginSecondFactor, { body })).toBe('401 INVALID_CREDENTIALS');
    expect(await api.verdict(authEndpoints.loginSecondFactor, { body: { ...body, mfa_token: (await question()).mfa_token } })).toBe('401 INVALID_CREDENTIALS');
  });

  it('17: may be a recovery code, of which one of two parallel uses wins', async () => {
    const code = recoveryCodes[0] ?? '';
    const tokens = [(await question()).mfa_token, (await question()).mfa_token];
    const verdicts = await Promise.all(tokens.map((mfa_token) => api.verdict(authEndpoints.loginSecondFactor, { body: { mfa_token, code } })));
    expect(verdicts.sort()).toEqual(['200', '401 INVALID_CREDENTIALS']);
    expect((await world.mailTo(ann.email, /recovery code was used/i)).text).toContain('9 recovery codes are left');
    const { body } = await api.call(authEndpoints.getSecondFactors, { token: ann.token });
    expect(body).toMatchObject({ totp: { enabled_at: expect.any(String) }, recovery_codes_left: 9 });
  });

  it('is what proves again who somebody is, and is removed by whoever did', async () => {
    expect(await api.verdict(authEndpoints.reauthenticate, { token: ann.token, body: { password } })).toBe('403 REAUTHENTICATION_REQUIRED');
    const code = recoveryCodes[1] ?? '';
    expect(await api.verdict(authEndpoints.reauthenticate, { token: ann.token, body: { code } })).toBe('204');
    expect(await api.verdict(authEndpoints.removeTotp, { token: ann.token })).toBe('204');
    await world.mailTo(ann.email, /authenticator app was removed/i);
    signedIn((await api.call(authEndpoints.login, credentials())).body);
  });

  it('leaves no secret in any log', () => {
    const logs = logsOf(platform.dataDir);
    expect(logs).toContain('mfa.failed');
    for (const text of [secret, ...recoveryCodes]) expect(logs).not.toContain(text);
  });
});
