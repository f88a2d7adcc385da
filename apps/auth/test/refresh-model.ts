import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import type { Answer } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

/** What is expected of one session. */
interface ModelSession {
  /** By generation; the last one is live as long as the session is. */
  readonly refreshTokens: string[];
  access: string;
  isAlive: boolean;
  /** Whether the last but one may still be presented, and is given the last again. */
  grace: 'same successor' | 'refused' | 'over';
}

/** A person's sessions as RFC 9700 §4.14.2 and the grace period want them to behave. */
export interface RefreshModel {
  readonly sessions: ModelSession[];
}

/** The service, and the person who uses it. */
export interface RefreshReal {
  readonly auth: AuthBench;
  readonly email: string;
  readonly orgIds: readonly string[];
}

type Command = fc.AsyncCommand<RefreshModel, RefreshReal, false>;

const sessionIdOf = (session: ModelSession): string => String(decodeJwt(session.access)['sid']);

/** A command about one of the sessions that there are by then, dead ones included. */
abstract class OnSession implements Command {
  constructor(protected readonly pick: number) {}
  abstract on(session: ModelSession, model: RefreshModel, real: RefreshReal): Promise<void>;

  check({ sessions }: RefreshModel): boolean {
    return sessions.length > 0;
  }

  async run(model: RefreshModel, real: RefreshReal): Promise<void> {
    const session = model.sessions[this.pick % model.sessions.length];
    if (session) await this.on(session, model, real);
  }

  toString(): string {
    return `${this.constructor.name}(${this.pick})`;
  }
}

/** Of what was rotated by now, `seconds` ago is when: no slow machine decides what the grace period is. */
const setRotationAge = ({ auth }: RefreshReal, session: ModelSession, seconds: number): Promise<unknown> =>
  auth.engines.superuser.query(
    `update auth.refresh_tokens set rotated_at = now() - make_interval(secs => $2)
     where session_id = $1 and generation = (select max(generation) from auth.refresh_tokens where session_id = $1) - 1`,
    [sessionIdOf(session), seconds],
  );
const farAhead = -86_400;

async function expectRotation(real: RefreshReal, session: ModelSession, answer: Answer): Promise<void> {
  expect(answer.status).toBe(200);
  const { access, refresh } = tokensOf(answer);
  expect(session.refreshTokens).not.toContain(refresh);
  expect(decodeJwt(access)['sid']).toBe(sessionIdOf(session));
  session.refreshTokens.push(refresh);
  session.access = access;
  session.grace = 'same successor';
  await setRotationAge(real, session, farAhead);
}

class SignIn implements Command {
  check = ({ sessions }: RefreshModel): boolean => sessions.length < 4;
  toString = (): string => 'SignIn';
  async run(model: RefreshModel, { auth, email }: RefreshReal): Promise<void> {
    const { access, refresh } = tokensOf(await auth.people.login(email));
    model.sessions.push({ refreshTokens: [refresh], access, isAlive: true, grace: 'over' });
  }
}

class RefreshLive extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, real: RefreshReal): Promise<void> {
    const answer = await real.auth.people.refresh(session.refreshTokens.at(-1) ?? '');
    if (session.isAlive) await expectRotation(real, session, answer);
    else expect(answer.status).toBe(401);
  }
}

class RefreshLiveSixTimesAtOnce extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, real: RefreshReal): Promise<void> {
    const live = session.refreshTokens.at(-1) ?? '';
    const answers = await Promise.all(Array.from({ length: 6 }, () => real.auth.people.refresh(live)));
    if (!session.isAlive) return expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(401));
    expect(new Set(answers.map((answer) => tokensOf(answer).refresh)).size).toBe(1);
    await expectRotation(real, session, answers[0] as Answer);
  }
}

class RefreshPredecessor extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, { auth }: RefreshReal): Promise<void> {
    const predecessor = session.refreshTokens.at(-2);
    if (predecessor === undefined) return;
    const answer = await auth.people.refresh(predecessor);
    if (session.isAlive && session.grace === 'same successor') {
      expect(tokensOf(answer).refresh).toBe(session.refreshTokens.at(-1));
      return;
    }
    expect(answer.status).toBe(401);
    if (session.grace === 'over') session.isAlive = false;
  }
}

class RefreshOlder extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, { auth }: RefreshReal): Promise<void> {
    const older = session.refreshTokens.slice(0, -2);
    if (older.length === 0) return;
    expect((await auth.people.refresh(older[this.pick % older.length] ?? '')).status).toBe(401);
    session.isAlive = false;
  }
}

class LetGracePass extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, real: RefreshReal): Promise<void> {
    if (session.refreshTokens.length < 2) return;
    await setRotationAge(real, session, 11);
    session.grace = 'over';
  }
}

class SwitchOrganization extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, real: RefreshReal): Promise<void> {
    const body = { org_id: real.orgIds[this.pick % real.orgIds.length] };
    const answer = await real.auth.request('POST', '/switch-org', { token: session.access, body });
    if (!session.isAlive) return expect(answer.status).toBe(401);
    await expectRotation(real, session, answer);
    session.grace = 'refused';
  }
}

class Logout extends OnSession {
  async on(session: ModelSession, _model: RefreshModel, { auth }: RefreshReal): Promise<void> {
    const { status } = await auth.request('POST', '/logout', { token: session.access });
    expect(status).toBe(session.isAlive ? 204 : 401);
    session.isAlive = false;
  }
}

class RevokeFromAnother extends OnSession {
  async on(session: ModelSession, { sessions }: RefreshModel, { auth }: RefreshReal): Promise<void> {
    const other = sessions.find((one) => one !== session && one.isAlive);
    if (!other) return;
    const { status } = await auth.request('DELETE', `/sessions/${sessionIdOf(session)}`, { token: other.access });
    expect(status).toBe(session.isAlive ? 204 : 404);
    session.isAlive = false;
  }
}

class LogoutAll extends OnSession {
  async on(session: ModelSession, { sessions }: RefreshModel, { auth }: RefreshReal): Promise<void> {
    const { status } = await auth.request('POST', '/logout-all', { token: session.access });
    expect(status).toBe(session.isAlive ? 204 : 401);
    if (session.isAlive) for (const one of sessions) one.isAlive = false;
  }
}

class RefreshUnknown implements Command {
  check = (): boolean => true;
  toString = (): string => 'RefreshUnknown';
  async run(_model: RefreshModel, { auth }: RefreshReal): Promise<void> {
    expect((await auth.people.refresh('x'.repeat(43))).status).toBe(401);
  }
}

class Restart implements Command {
  check = (): boolean => true;
  toString = (): string => 'Restart';
  run = (_model: RefreshModel, { auth }: RefreshReal): Promise<void> => auth.restart();
}

const often = [RefreshLive, RefreshLive, RefreshLiveSixTimesAtOnce, RefreshPredecessor, LetGracePass];
const seldom = [RefreshOlder, SwitchOrganization, Logout, RevokeFromAnother];
const onSessions = (kinds: readonly (new (pick: number) => OnSession)[]): fc.Arbitrary<Command>[] =>
  kinds.map((Kind) => fc.nat(7).map((pick) => new Kind(pick)));

/** Stories of up to thirty steps; restarts and the end of everything are rare, or the others would get no further. */
export const stories = fc.commands<RefreshModel, RefreshReal, false>(
  [
    fc.constant(new SignIn()),
    ...onSessions([...often, ...seldom]),
    fc.nat(9).map((n) => (n === 0 ? new Restart() : n < 3 ? new LogoutAll(n) : n < 5 ? new RefreshUnknown() : new RefreshLive(n))),
  ],
  { maxCommands: 30, size: 'max' },
);
