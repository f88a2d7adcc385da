import { passkeyCreationOptions, passkeyRequestOptions } from '@atrium/contracts/auth';
import { authenticatorFlag, type Deviation, SoftwareAuthenticator } from '@atrium/testing';
import type { Answer, Request } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

/** The first of PASSKEY_ORIGINS. */
export const origin = 'https://app.atrium.test';
export const { userPresent, userVerified, backupEligible, backedUp } = authenticatorFlag;

/** `status CODE` of a refusal, `status` of a success. */
export const verdictOf = ({ status, json }: Answer): string =>
  [status, (json['error'] as { code: string } | undefined)?.code].filter(Boolean).join(' ');

/** People with passkeys, and the calls of their browsers. */
export class PasskeyPeople {
  constructor(private readonly auth: AuthBench) {}

  async signedIn() {
    const person = await this.auth.people.member();
    return { ...person, ...tokensOf(await this.auth.people.login(person.email)) };
  }

  /** A signed-in person with one passkey. */
  async withPasskey(authenticator = new SoftwareAuthenticator(origin)) {
    const person = await this.signedIn();
    const { json } = await this.add(person.access, authenticator);
    return { ...person, authenticator, passkeyId: String(json['id']) };
  }

  post(path: string, options: Request = {}): Promise<Answer> {
    return this.auth.request('POST', `/passkeys${path}`, options);
  }

  async creationOptions(token: string) {
    return passkeyCreationOptions.parse((await this.post('/registration/options', { token })).json);
  }

  async add(token: string, authenticator = new SoftwareAuthenticator(origin), deviation: Deviation = {}, name = 'Laptop'): Promise<Answer> {
    const response = authenticator.create(await this.creationOptions(token), deviation);
    return this.post('/registration/verify', { token, body: { response, name } });
  }

  async loginOptions() {
    return passkeyRequestOptions.parse((await this.post('/login/options')).json);
  }

  async login(authenticator: SoftwareAuthenticator, deviation: Deviation = {}, more: Record<string, unknown> = {}): Promise<Answer> {
    const response = authenticator.get(await this.loginOptions(), deviation);
    return this.post('/login/verify', { body: { response, ...more } });
  }

  async reauthenticationOptions(token: string) {
    return passkeyRequestOptions.parse((await this.post('/reauthenticate/options', { token })).json);
  }

  async reauthenticate(token: string, authenticator: SoftwareAuthenticator, deviation: Deviation = {}): Promise<Answer> {
    const response = authenticator.get(await this.reauthenticationOptions(token), deviation);
    return this.post('/reauthenticate/verify', { token, body: { response } });
  }

  /** Why the last passkey was refused, as the log says; callers aren't told. */
  lastReason(): string {
    const lines = this.auth.logs.filter((line) => line.includes('"passkey.refused"'));
    return String((JSON.parse(lines.at(-1) ?? '{}') as { reason?: string }).reason);
  }

  list(token: string): Promise<Answer> {
    return this.auth.request('GET', '/passkeys', { token });
  }

  remove(token: string, id: string): Promise<Answer> {
    return this.auth.request('DELETE', `/passkeys/${id}`, { token });
  }

  /** As if the person had proven who they are an hour ago. */
  async growStale(userId: string): Promise<void> {
    await this.auth.engines.superuser.query(
      `update auth.sessions set authenticated_at = now() - interval '1 hour' where account_id = $1`,
      [userId],
    );
  }
}
