import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';
import { type RefreshModel, stories } from './refresh-model.js';

let auth: AuthBench;

beforeAll(async () => {
  auth = await AuthBench.start();
});
afterAll(() => auth?.stop());

const me = async (token: string): Promise<number> => (await auth.request('GET', '/me', { token })).status;
const signIn = async () => {
  const person = await auth.people.member();
  return { ...person, ...tokensOf(await auth.people.login(person.email)) };
};
const liveTokensOf = async (access: string): Promise<number> =>
  (
    await auth.engines.superuser.query(
      `select 1 from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id
       where s.id = $1 and t.rotated_at is null and s.ended_at is null`,
      [decodeJwt(access)['sid']],
    )
  ).rowCount ?? 0;

/** After the story: what the model takes for alive lives, and nothing else does. */
async function expectAgreement({ sessions }: RefreshModel): Promise<void> {
  for (const { access, refreshTokens, isAlive } of sessions) {
    expect(await me(access)).toBe(isAlive ? 200 : 401);
    expect(await liveTokensOf(access)).toBe(isAlive ? 1 : 0);
    expect((await auth.people.refresh(refreshTokens.at(-1) ?? '')).status).toBe(isAlive ? 200 : 401);
  }
}

describe('refresh tokens', () => {
  it('behave as the model does, whatever story is told', async () => {
    const { id, email, orgId } = await auth.people.member();
    const orgIds = [orgId, await auth.people.join(id, 'viewer')];
    await fc.assert(
      fc.asyncProperty(stories, async (commands) => {
        const model: RefreshModel = { sessions: [] };
        await fc.asyncModelRun(() => ({ model, real: { auth, email, orgIds } }), commands);
        await expectAgreement(model);
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    );
  }, 120_000);

  it('are the same successor to fifty who present the live one at once', async () => {
    const { access, refresh } = await signIn();
    const answers = await Promise.all(Array.from({ length: 50 }, () => auth.people.refresh(refresh)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map((answer) => tokensOf(answer).refresh)).size).toBe(1);
    expect(await liveTokensOf(access)).toBe(1);
  });

  it('are of one session: another session, of the same person or not, neither gets nor ends it', async () => {
    const owner = await signIn();
    const other = tokensOf(await auth.people.login(owner.email));
    const stranger = await signIn();
    for (const bearer of [other.access, stranger.access]) {
      const answer = await auth.request('POST', '/refresh', { token: bearer, body: { refresh_token: owner.refresh } });
      expect(decodeJwt(tokensOf(answer).access)).toMatchObject({ sid: decodeJwt(owner.access)['sid'], sub: owner.id });
    }
    expect((await auth.request('POST', '/logout', { token: stranger.access, body: { refresh_token: owner.refresh } })).status).toBe(204);
    expect([await me(owner.access), await me(other.access), await me(stranger.access)]).toEqual([200, 200, 401]);
    expect(await liveTokensOf(owner.access)).toBe(1);
  });

  it.each([
    ['a logout', (access: string) => auth.request('POST', '/logout', { token: access })],
    ['a logout of all', (access: string) => auth.request('POST', '/logout-all', { token: access })],
    ['its revocation', (access: string) => auth.request('DELETE', `/sessions/${String(decodeJwt(access)['sid'])}`, { token: access })],
  ])('leave nothing alive when ten refreshes race %s', async (_, end) => {
    for (let round = 0; round < 5; round += 1) {
      const { access, refresh } = await signIn();
      const [, ...answers] = await Promise.all([end(access), ...Array.from({ length: 10 }, () => auth.people.refresh(refresh))]);
      for (const answer of answers.filter(({ status }) => status === 200)) {
        const next = tokensOf(answer);
        expect(await me(next.access)).toBe(401);
        expect((await auth.people.refresh(next.refresh)).status).toBe(401);
      }
      expect(await me(access)).toBe(401);
      expect(await liveTokensOf(access)).toBe(0);
    }
  });
});
