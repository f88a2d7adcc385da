import { authEndpoints } from '@atrium/contracts/auth';
import { password, until } from '@atrium/testing';
import { describe, expect, it } from 'vitest';
import { logsOf } from '../logs.js';
import { api, platform, world } from '../platform.js';

describe('10: a known and an unknown e-mail', () => {
  it.each([
    ['login', authEndpoints.login, { password: 'not the password' }],
    ['reset', authEndpoints.forgotPassword, {}],
    ['resend', authEndpoints.resendVerification, {}],
  ] as const)('get the same status and body at %s', async (_, endpoint, rest) => {
    const known = await world.register();
    const ask = async (email: string) => {
      const response = await fetch(`${platform.gateway}${endpoint.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, ...rest }),
      });
      return { status: response.status, text: (await response.text()).replace(/"request_id":"[^"]+"/, '') };
    };
    expect(await ask(known)).toEqual(await ask(world.newAddress()));
  });
});

it('12: an X-Forwarded-For of an untrusted peer is ignored', async () => {
  const remaining = async (spoofed: string): Promise<number> => {
    const response = await fetch(`${platform.gateway}${authEndpoints.verifyEmail.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': spoofed, forwarded: `for=${spoofed}`, 'x-real-ip': spoofed },
      body: JSON.stringify({ token: 'a'.repeat(24) }),
    });
    return Number(response.headers.get('x-ratelimit-remaining'));
  };
  const counts = [await remaining('203.0.113.1'), await remaining('203.0.113.2'), await remaining('203.0.113.3')];
  expect(counts).toEqual([...counts].sort((one, other) => other - one));
  expect(new Set(counts).size).toBe(3);
});

describe('13: a mailed token', () => {
  const fresh = 'a sentence nobody has used before';
  const resetVerdict = async (token: string) => {
    const refusal = await api.refusal(authEndpoints.resetPassword, { body: { token, password: fresh, password_confirm: fresh } });
    return { status: refusal.status, ...refusal.body, request_id: '' };
  };
  const verifyVerdict = async (token: string) => {
    const refusal = await api.refusal(authEndpoints.verifyEmail, { body: { token } });
    return { status: refusal.status, ...refusal.body, request_id: '' };
  };

  it('is the same generic 400 when used twice, made up or of another purpose', async () => {
    const email = await world.register();
    const verification = await world.mailedToken(email, /verify/i);
    await api.call(authEndpoints.forgotPassword, { body: { email } });
    const reset = await world.mailedToken(email, /new password/i);
    const madeUp = 'b'.repeat(43);
    expect(await resetVerdict(verification)).toEqual(await resetVerdict(madeUp));
    expect(await verifyVerdict(reset)).toEqual(await verifyVerdict(madeUp));
    await api.call(authEndpoints.verifyEmail, { body: { token: verification } });
    expect(await verifyVerdict(verification)).toEqual(await verifyVerdict(madeUp));
    await api.call(authEndpoints.resetPassword, { body: { token: reset, password: fresh, password_confirm: fresh } });
    expect(await resetVerdict(reset)).toEqual(await resetVerdict(madeUp));
    expect((await resetVerdict(madeUp)).status).toBe(400);
  });

  it('opens the account that it was mailed to and no other', async () => {
    const [ann, bob] = await Promise.all([world.register(), world.register()]);
    await api.call(authEndpoints.verifyEmail, { body: { token: await world.mailedToken(ann, /verify/i) } });
    expect(await api.verdict(authEndpoints.login, { body: { email: ann, password } })).toBe('200');
    expect(await api.verdict(authEndpoints.login, { body: { email: bob, password } })).toBe('403 EMAIL_NOT_VERIFIED');
  });
});

it('14: the Host header reaches no link in a mail', async () => {
  const email = await world.register();
  const response = await fetch(`${platform.gateway}${authEndpoints.forgotPassword.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', origin: 'http://evil.example' },
    body: JSON.stringify({ email }),
  });
  expect(response.status).toBe(202);
  for (const subject of [/verify/i, /new password/i]) {
    const { text } = await world.mailTo(email, subject);
    expect(text).not.toContain('evil.example');
    expect(text).toContain(platform.gateway);
  }
});

describe('15: what is typed', () => {
  it('makes one account of every case of an e-mail', async () => {
    const email = await world.register();
    for (const variant of [email.toUpperCase(), email.replace('person', 'Person'), email.replace('example', 'EXAMPLE')]) {
      const body = { email: variant, password, password_confirm: password };
      expect(await api.verdict(authEndpoints.register, { body })).toBe('409 EMAIL_TAKEN');
    }
  });

  it('is refused with control characters or a megabyte, before any hashing', async () => {
    const bodies = [
      ...['a\0b@example.com', 'a\r\nbcc: x@example.com', 'a\u202e@example.com'].map((email) => ({ email, password })),
      ...['\0'.repeat(14), 'a'.repeat(1_000_000)].map((bad) => ({ email: world.newAddress(), password: bad })),
    ];
    for (const { email, password: given } of bodies) {
      const begun = performance.now();
      const body = { email, password: given, password_confirm: given };
      expect(await api.verdict(authEndpoints.register, { body }), email).toBe('400 VALIDATION_ERROR');
      expect(await api.verdict(authEndpoints.login, { body: { email, password: given } }), email).toMatch(/^400 VALIDATION_ERROR|^401 INVALID_CREDENTIALS/);
      expect(performance.now() - begun).toBeLessThan(10_000);
    }
    await until('the platform to go on', async () => (await api.verdict(authEndpoints.jwks, {})) === '200');
    expect(logsOf(platform.dataDir)).not.toContain('a'.repeat(1000));
  });
});
