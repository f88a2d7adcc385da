import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AuthBench } from './auth-bench.js';
import { codeOf, Federation, newAccount, otherApp } from './federation.js';
import { Visitor } from './visitor.js';

let federation: Federation;
let auth: AuthBench;

beforeAll(async () => {
  federation = await Federation.start();
  ({ auth } = federation);
});
afterAll(() => federation?.stop());
afterEach(() => federation.restore());

describe('the code for the application', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  it('works once, in the browser that came for it', async () => {
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(newAccount());
    expect([...back.searchParams.keys()]).toEqual(['code']);
    const code = back.searchParams.get('code');
    expect((await visitor.redeem(code)).status).toBe(200);
    expect(codeOf(await visitor.redeem(code))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it.each(['no cookie', "another browser's cookie"])('does not work with %s', async (which) => {
    const visitor = new Visitor(auth);
    const stranger = new Visitor(auth);
    await stranger.start();
    const back = await visitor.goThrough(newAccount());
    const code = back.searchParams.get('code');
    const thief = new Visitor(auth);
    expect(codeOf(await thief.redeem(code, {}, which === 'no cookie' ? undefined : stranger.cookie))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('works in an application of another origin with the verifier of its challenge alone', async () => {
    const visitor = new Visitor(auth);
    const query = { redirect_uri: otherApp, code_challenge: challenge };
    const back = await visitor.goThrough(newAccount(), query);
    expect(back.href).toMatch(/^https:\/\/app\.example\.com\/back\?code=[\w-]{43}$/);
    const application = new Visitor(auth);
    expect((await application.redeem(back.searchParams.get('code'), { code_verifier: verifier })).status).toBe(200);
  });

  it.each([{}, { code_verifier: randomBytes(32).toString('base64url') }])('with a challenge does not work without its verifier, not even with the cookie: %j', async (more) => {
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(newAccount(), { code_challenge: challenge });
    const code = back.searchParams.get('code');
    expect(codeOf(await visitor.redeem(code, more))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(codeOf(await visitor.redeem(code, { code_verifier: verifier }))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('is too late after a minute', async () => {
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(newAccount());
    const row = await federation.rowOf<{ seconds: number }>('select extract(epoch from expires_at - created_at)::int as seconds from auth.oauth_codes order by created_at desc limit 1', []);
    expect(row?.seconds).toBe(60);
    await auth.engines.superuser.query(`update auth.oauth_codes set created_at = created_at - interval '2 minutes', expires_at = now() - interval '1 second'`);
    expect(codeOf(await visitor.redeem(back.searchParams.get('code')))).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('dies with the identity that it stands for', async () => {
    const account = newAccount();
    const visitor = new Visitor(auth);
    const back = await visitor.goThrough(account);
    await auth.engines.superuser.query('delete from auth.identities where subject = $1', [account.sub]);
    expect(codeOf(await visitor.redeem(back.searchParams.get('code')))).toEqual([401, 'INVALID_CREDENTIALS']);
  });
});
