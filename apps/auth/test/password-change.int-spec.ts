import { passwordChanged, passwordResetRequested } from '@atrium/contracts/domain-events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { password, tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const fresh = 'a sentence nobody has used before';
const forgot = (email: string) => auth.request('POST', '/password/forgot', { body: { email } });
const mailed = async (email: string, count = 1): Promise<string> =>
  (await auth.queues.hear(passwordResetRequested, (data) => data.email === email, count)).token;
const reset = (token: string) =>
  auth.request('POST', '/password/reset', { body: { token, password: fresh, password_confirm: fresh } });
const change = (token: string | undefined, current: string, chosen = fresh) =>
  auth.request('POST', '/password/change', {
    body: { current_password: current, password: chosen, password_confirm: chosen },
    ...(token !== undefined && { token }),
  });
const me = (token: string) => auth.request('GET', '/me', { token });
const codeOf = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
const fieldsOf = ({ json }: Answer) => (json['error'] as { details: { field: string }[] }).details.map(({ field }) => field);
const signIn = async () => {
  const person = await auth.people.member();
  return { ...person, ...tokensOf(await auth.people.login(person.email)) };
};

describe('changing a password', () => {
  it('keeps the session at hand, ends the others, kills reset tokens and tells the person', async () => {
    const person = await signIn();
    const other = tokensOf(await auth.people.login(person.email));
    await forgot(person.email);
    const token = await mailed(person.email);
    expect((await change(person.access, password)).status).toBe(204);
    expect((await me(person.access)).status).toBe(200);
    expect((await auth.people.refresh(person.refresh)).status).toBe(200);
    expect((await me(other.access)).status).toBe(401);
    expect((await auth.people.refresh(other.refresh)).status).toBe(401);
    expect((await reset(token)).status).toBe(400);
    expect((await auth.people.login(person.email)).status).toBe(401);
    expect((await auth.people.login(person.email, { password: fresh })).status).toBe(200);
    expect(await auth.queues.hear(passwordChanged, (data) => data.user_id === person.id)).toMatchObject({ means: 'change' });
  });

  it('refuses a wrong current password, the same one again and no token', async () => {
    const { access, email } = await signIn();
    expect(codeOf(await change(access, 'not the password'))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(fieldsOf(await change(access, password, password))).toEqual(['password']);
    expect(fieldsOf(await change(access, password, `mine: ${email}`))).toEqual(['password']);
    expect(codeOf(await change(undefined, password))).toEqual([401, 'UNAUTHENTICATED']);
    expect((await auth.people.login(email)).status).toBe(200);
  });

  it("refuses the name of the person's organization", async () => {
    const { access, orgId } = await signIn();
    await auth.engines.superuser.query(`update auth.organizations set name = 'Wolfenstein & Co' where org_id = $1`, [orgId]);
    expect(fieldsOf(await change(access, password, 'we are wolfenstein-co here'))).toEqual(['password']);
  });

  it('happens once of five at the same time', async () => {
    const { access } = await signIn();
    const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => change(access, password, `sentence number ${index} of five`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(4).fill(401)]);
  });

  it('counts guesses as sign-in does', async () => {
    const limited = await AuthBench.start({});
    try {
      const { email } = await limited.people.member();
      const { access: token } = tokensOf(await limited.people.login(email));
      const body = { current_password: 'not the password', password: fresh, password_confirm: fresh };
      const statuses = [];
      for (let guess = 0; guess < 6; guess += 1) statuses.push((await limited.request('POST', '/password/change', { body, token })).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    } finally {
      await limited.stop();
    }
  });
});
