import { randomUUID } from 'node:crypto';
import { emailVerificationRequested, membershipChanged, organizationChanged } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import { z } from 'zod';
import type { Answer } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';

export const password = 'correct horse battery staple 42';

const tokens = z.object({ access_token: z.string(), refresh_token: z.string() });
export const tokensOf = (answer: Answer) => {
  const { access_token, refresh_token } = tokens.parse(answer.json);
  return { access: access_token, refresh: refresh_token };
};

/** The device cookie that the answer sets, as a browser sends it back; empty where it sets none. */
export const cookieOf = ({ headers }: Answer): string => /^atrium_device=[^;]*/.exec(String(headers['set-cookie'] ?? ''))?.[0] ?? '';

export const newEmail = (): string => `ann-${randomUUID()}@example.com`;

/** Goes through the front door, as a person would. */
export class People {
  constructor(private readonly auth: Pick<AuthBench, 'engines' | 'queues' | 'request'>) {}

  register(email: string, extra: Record<string, unknown> = {}): Promise<Answer> {
    return this.auth.request('POST', '/register', { body: { email, password, password_confirm: password, ...extra } });
  }

  /** The token of the newest verification mail, once that many were asked for. */
  async mailedToken(email: string, count = 1): Promise<string> {
    return (await this.auth.queues.hear(emailVerificationRequested, (data) => data.email === email, count)).token;
  }

  /** A person with a verified address, without an organization. */
  async verified(): Promise<{ id: string; email: string }> {
    const email = newEmail();
    const { id } = z.object({ id: z.string() }).parse((await this.register(email)).json);
    await this.auth.request('POST', '/verify-email', { body: { token: await this.mailedToken(email) } });
    return { id, email };
  }

  /** A person with a verified address who is `role` in a new organization. */
  async member(role = 'org_admin') {
    const person = await this.verified();
    const orgId = await this.join(person.id, role);
    return { ...person, orgId };
  }

  async join(userId: string, role: string, orgId: string = randomUUID()): Promise<string> {
    await this.auth.queues.publish(organizationChanged, { org_id: orgId, name: `Org ${orgId.slice(0, 4)}`, version: 1 }, orgId);
    await this.change(userId, orgId, 1, [{ name: role, site_id: null, permissions: ['users.read'] }]);
    return orgId;
  }

  /** Tells auth of a membership and waits until it is known. */
  async change(
    userId: string,
    orgId: string,
    version: number,
    roles: z.input<typeof membershipChanged.data>['roles'],
  ): Promise<void> {
    await this.auth.queues.publish(membershipChanged, { org_id: orgId, user_id: userId, version, active: roles.length > 0, roles }, orgId);
    await until(`version ${version} of the membership`, async () => {
      const { rows } = await this.auth.engines.superuser.query<{ version: number }>(
        'select version from auth.memberships where org_id = $1 and user_id = $2',
        [orgId, userId],
      );
      return (rows[0]?.version ?? 0) >= version;
    });
  }

  login(email: string, extra: Record<string, unknown> = {}, address?: string): Promise<Answer> {
    return this.auth.request('POST', '/login', { body: { email, password, ...extra }, ...(address !== undefined && { address }) });
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.auth.request('POST', '/refresh', { body: { refresh_token: refreshToken } });
  }
}
