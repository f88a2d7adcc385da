import { Secret, TOTP } from 'otpauth';
import { z } from 'zod';
import type { Answer } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

const enrolment = z.object({ secret: z.string(), otpauth_url: z.string() });
const challenge = z.object({ mfa_required: z.literal(true), mfa_token: z.string(), methods: z.array(z.string()), expires_in: z.literal(300) });
const recoveryCodes = z.object({ recovery_codes: z.array(z.string()) });

/** The code of an authenticator app, so many steps of 30 seconds from now. */
export const codeOf = (secret: string, steps = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + steps * 30_000 });

/** A code that none of the steps near has. */
export function wrongCodeOf(secret: string): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code)) ?? '';
}

export const recoveryCodesOf = (answer: Answer): string[] => recoveryCodes.parse(answer.json).recovery_codes;

/** People and their authenticator apps, by the front door. */
export class Factors {
  constructor(private readonly auth: Pick<AuthBench, 'engines' | 'people' | 'request'>) {}

  /** A member who is signed in. */
  async signedIn() {
    const person = await this.auth.people.member();
    return { ...person, ...tokensOf(await this.auth.people.login(person.email)) };
  }

  /** As {@link signedIn}, with a confirmed authenticator app; the code of this step is used up, that of the next is not. */
  async enrolled() {
    const person = await this.signedIn();
    const { secret } = await this.enroll(person.access);
    return { ...person, secret, recoveryCodes: recoveryCodesOf(await this.confirm(person.access, codeOf(secret))) };
  }

  async enroll(token: string) {
    return enrolment.parse((await this.auth.request('POST', '/mfa/totp/enroll', { token })).json);
  }

  confirm(token: string, code: string): Promise<Answer> {
    return this.auth.request('POST', '/mfa/totp/confirm', { token, body: { code } });
  }

  remove(token: string): Promise<Answer> {
    return this.auth.request('DELETE', '/mfa/totp', { token });
  }

  status(token: string): Promise<Answer> {
    return this.auth.request('GET', '/mfa', { token });
  }

  /** The first step of a sign-in. */
  async challenge(email: string, extra: Record<string, unknown> = {}) {
    return challenge.parse((await this.auth.people.login(email, extra)).json);
  }

  finish(mfaToken: string, code: string, address?: string): Promise<Answer> {
    return this.auth.request('POST', '/login/mfa', { body: { mfa_token: mfaToken, code }, ...(address !== undefined && { address }) });
  }

  /** Both steps. */
  async login(email: string, code: string, extra: Record<string, unknown> = {}): Promise<Answer> {
    return this.finish((await this.challenge(email, extra)).mfa_token, code);
  }

  reauthenticate(token: string, body: { password: string } | { code: string } | Record<string, unknown>): Promise<Answer> {
    return this.auth.request('POST', '/reauthenticate', { token, body });
  }

  /** Lets codes of this step be used again, as if a minute had passed. */
  async passTime(accountId: string): Promise<void> {
    await this.auth.engines.superuser.query('update auth.totp_factors set last_step = 0 where account_id = $1', [accountId]);
  }

  /** Lets the last proof in every session of the person be that old. */
  async age(accountId: string, minutes: number): Promise<void> {
    await this.auth.engines.superuser.query(
      'update auth.sessions set authenticated_at = authenticated_at - make_interval(mins => $2) where account_id = $1',
      [accountId, minutes],
    );
  }
}
