import { passwordResetRequested, secondFactorRefused } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { Secret } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureEncryptionKey, rotateEncryptionKey } from '../src/encryption/key-provision.js';
import { RetentionJob } from '../src/retention/retention.job.js';
import { ReencryptionJob } from '../src/second-factors/reencryption.job.js';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { encryptionKeysSecret } from './auth-engines.js';
import { codeOf, Factors, wrongCodeOf } from './factors.js';
import { tokensOf } from './people.js';

let auth: AuthBench;
let factors: Factors;

/** With the limits of production. */
beforeAll(async () => {
  auth = await AuthBench.start({});
  factors = new Factors(auth);
});
afterAll(() => auth?.stop());

const fresh = 'a sentence nobody has used before';
const verdict = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
const refused = [401, 'INVALID_CREDENTIALS'];
const limited = [429, 'RATE_LIMITED'];
const query = <T extends object>(sql: string, ...values: unknown[]) => auth.engines.superuser.query<T>(sql, values);

describe('whoever knows the password', () => {
  it('gets no more guesses at codes by new sign-ins, other addresses or a session', async () => {
    const person = await factors.enrolled();
    const wrong = wrongCodeOf(person.secret);
    const guess = async (index: number) => factors.finish((await factors.challenge(person.email)).mfa_token, wrong, `198.51.100.${index}`);
    for (let index = 0; index < 5; index += 1) expect(verdict(await guess(index))).toEqual(refused);
    const sixth = await guess(5);
    expect(verdict(sixth)).toEqual(limited);
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(60);
    expect(verdict(await factors.reauthenticate(person.access, { code: wrong }))).toEqual(limited);
    expect(verdict(await factors.login(person.email, codeOf(person.secret, 1)))).toEqual(limited);
    expect(await auth.queues.hear(secondFactorRefused, (data) => data.user_id === person.id)).toMatchObject({ email: person.email });
  });

  it('does not lock the owner out: a recovery code goes on, and ends the wait', async () => {
    const person = await factors.enrolled();
    const wrong = wrongCodeOf(person.secret);
    for (let index = 0; index < 6; index += 1) await factors.login(person.email, wrong);
    expect((await factors.login(person.email, person.recoveryCodes[0] ?? '')).status).toBe(200);
    expect((await factors.login(person.email, codeOf(person.secret, 1))).status).toBe(200);
  });

  it('uses no try of the sign-in up while guessing is limited', async () => {
    const person = await factors.enrolled();
    const { mfa_token } = await factors.challenge(person.email);
    for (let index = 0; index < 5; index += 1) await factors.login(person.email, wrongCodeOf(person.secret));
    for (let index = 0; index < 6; index += 1) expect(verdict(await factors.finish(mfa_token, '000000'))).toEqual(limited);
    expect((await factors.finish(mfa_token, person.recoveryCodes[0] ?? '')).status).toBe(200);
  });
});

it('a wrong password is counted apart from wrong codes', async () => {
  const person = await factors.enrolled();
  for (let index = 0; index < 4; index += 1) await auth.people.login(person.email, { password: 'not the password' });
  expect((await factors.login(person.email, codeOf(person.secret, 1))).status).toBe(200);
});

it('guesses at the password in a session count as those at sign-in do', async () => {
  const { access } = await factors.signedIn();
  const answers = [];
  for (let guess = 0; guess < 6; guess += 1) answers.push(verdict(await factors.reauthenticate(access, { password: 'not the password' })));
  expect(answers).toEqual([...Array(5).fill(refused), limited]);
});

it('a new password by mail does not bypass the second factor', async () => {
  const person = await factors.enrolled();
  await auth.request('POST', '/password/forgot', { body: { email: person.email } });
  const { token } = await auth.queues.hear(passwordResetRequested, (data) => data.email === person.email);
  expect((await auth.request('POST', '/password/reset', { body: { token, password: fresh, password_confirm: fresh } })).status).toBe(204);
  expect((await auth.people.refresh(person.refresh)).status).toBe(401);
  const { mfa_token } = await factors.challenge(person.email, { password: fresh });
  expect(verdict(await factors.finish(mfa_token, wrongCodeOf(person.secret)))).toEqual(refused);
  expect((await factors.finish(mfa_token, codeOf(person.secret, 1))).status).toBe(200);
});

describe('at rest', () => {
  const boxOf = async (accountId: string) => {
    const { rows } = await query<{ secret: Buffer; secret_key_id: string }>(
      'select secret, secret_key_id from auth.totp_factors where account_id = $1',
      accountId,
    );
    return rows[0]!;
  };

  it('no secret, code or token is in the database, nor in the logs', async () => {
    const person = await factors.enrolled();
    const { mfa_token } = await factors.challenge(person.email);
    await factors.finish(mfa_token, wrongCodeOf(person.secret));
    await factors.login(person.email, person.recoveryCodes[0] ?? '');
    const bytes = Buffer.from(Secret.fromBase32(person.secret).bytes);
    const { rows } = await query<{ row: string }>(`
      select t::text as row from auth.totp_factors t union all select t::text from auth.recovery_codes t
      union all select t::text from auth.mfa_tokens t union all select t::text from auth.outbox t`);
    const stored = rows.map(({ row }) => row).join('\n');
    const logs = auth.logs.join('');
    expect(logs).toContain('mfa.failed');
    const secrets = [person.secret, bytes.toString('hex'), bytes.toString('base64'), mfa_token, ...person.recoveryCodes];
    for (const text of [...secrets, ...person.recoveryCodes.map((code) => code.replaceAll('-', ''))]) {
      expect(stored).not.toContain(text);
      expect(logs).not.toContain(text);
    }
    expect(logs).not.toContain(person.email);
  });

  it("an account's secret opens for no other account", async () => {
    const [ann, eve] = [await factors.enrolled(), await factors.enrolled()];
    const { secret, secret_key_id } = await boxOf(eve.id);
    await query('update auth.totp_factors set secret = $2, secret_key_id = $3 where account_id = $1', ann.id, secret, secret_key_id);
    expect((await factors.login(ann.email, codeOf(eve.secret, 1))).status).toBe(500);
  });

  it('secrets are read with earlier keys after a rotation, and brought to the new one', async () => {
    const person = await factors.enrolled();
    const before = await boxOf(person.id);
    const current = await rotateEncryptionKey(auth.engines.secretsClient, encryptionKeysSecret);
    expect((await factors.login(person.email, codeOf(person.secret, 1))).status).toBe(200);
    expect((await boxOf(person.id)).secret_key_id).toBe(before.secret_key_id);
    expect(await auth.app.get(ReencryptionJob).run()).toBeGreaterThan(0);
    const after = await boxOf(person.id);
    expect(after.secret_key_id).toBe(current);
    expect(after.secret.equals(before.secret)).toBe(false);
    await factors.passTime(person.id);
    expect((await factors.login(person.email, codeOf(person.secret, 1))).status).toBe(200);
  });

  it('keys are made once, and never overwritten', async () => {
    const client = auth.engines.secretsClient;
    const read = async (SecretId: string) => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
    const before = await read(encryptionKeysSecret);
    expect(await ensureEncryptionKey(client, encryptionKeysSecret)).toBe('present');
    expect(await read(encryptionKeysSecret)).toBe(before);
    const made = await Promise.all([1, 2, 3].map(() => ensureEncryptionKey(client, 'atrium/test/keys')));
    expect(made.filter((outcome) => outcome === 'created')).toHaveLength(1);
    await client.send(new PutSecretValueCommand({ SecretId: 'atrium/test/keys', SecretString: 'precious' }));
    for (const attempt of [ensureEncryptionKey, rotateEncryptionKey]) {
      await expect(attempt(client, 'atrium/test/keys')).rejects.toThrow('nothing was written');
    }
    expect(await read('atrium/test/keys')).toBe('precious');
  });

  it('first keys are put into a secret that infrastructure made, by its ARN, where nobody may make one', async () => {
    const client = auth.engines.secretsClient;
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: 'atrium/test/empty' }));
    expect(ARN).toMatch(/^arn:/);
    expect(await ensureEncryptionKey(client, ARN)).toBe('created');
    expect(await ensureEncryptionKey(client, ARN)).toBe('present');
  });

  it('what was cut short is forgotten', async () => {
    const person = await factors.enrolled();
    await factors.challenge(person.email);
    const half = await factors.signedIn();
    await factors.enroll(half.access);
    await query(`update auth.totp_factors set created_at = created_at - interval '2 hours' where account_id = any ($1)`, [person.id, half.id]);
    await query(`update auth.mfa_tokens set created_at = created_at - interval '2 hours', expires_at = expires_at - interval '2 hours' where account_id = $1`, person.id);
    expect(await auth.app.get(RetentionJob).run()).toBe(true);
    const left = await query('select account_id from auth.totp_factors where account_id = any ($1)', [person.id, half.id]);
    expect(left.rows).toEqual([{ account_id: person.id }]);
    expect((await query('select from auth.mfa_tokens where account_id = $1', person.id)).rowCount).toBe(0);
  });
});

it('the audit log hears of each change and refusal, with the person and without a secret', async () => {
  const record = vi.spyOn(auth.app.get(AuditTrail), 'record');
  const person = await factors.enrolled();
  await factors.login(person.email, wrongCodeOf(person.secret));
  const { access } = tokensOf(await factors.login(person.email, person.recoveryCodes[0] ?? ''));
  await factors.reauthenticate(access, { code: codeOf(person.secret, 1) });
  await auth.request('POST', '/mfa/recovery-codes', { token: access });
  await factors.remove(access);
  const entries = record.mock.calls.map(([, entry, { orgId }]) => ({ ...entry, orgId }));
  record.mockRestore();
  const account = { type: 'account', id: person.id };
  const mine = entries.filter(({ action }) => /^mfa\.|reauth/.test(action));
  expect(mine).toMatchObject([
    { action: 'mfa.enrolled', resource: account, orgId: person.orgId },
    { action: 'mfa.failed', outcome: 'failure', resource: account, details: { during: 'sign_in' } },
    { action: 'mfa.recovery_code_used', resource: account, actor: { kind: 'user', id: person.id }, details: { recovery_codes_left: 9 } },
    { action: 'session.reauthenticated', details: { method: 'otp' } },
    { action: 'mfa.recovery_codes_replaced', resource: account },
    { action: 'mfa.removed', resource: account, orgId: person.orgId },
  ]);
  expect(JSON.stringify(mine)).not.toMatch(new RegExp([person.email, person.secret, ...person.recoveryCodes].join('|')));
});
