import { randomUUID } from 'node:crypto';
import { IdentityIssuer, type IssuerAccount } from '@atrium/testing';
import { vi } from 'vitest';
import { type Answer, publicUrl } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { newEmail } from './people.js';
import { callbackOf, configureIssuers } from './visitor.js';

/** An application of another origin that may be come back to. */
export const otherApp = 'https://app.example.com/back';

export const newAccount = (more: Partial<IssuerAccount> = {}): IssuerAccount & { email: string } => ({
  sub: randomUUID(),
  email: newEmail(),
  email_verified: true,
  ...(more as object),
});
export const codeOf = ({ status, json }: Answer) => [status, (json['error'] as { code: string } | undefined)?.code];
export const errorOf = (url: URL) => url.searchParams.get('error');

/** The service with two issuers to sign in with. */
export class Federation {
  private constructor(
    readonly auth: AuthBench,
    readonly acme: IdentityIssuer,
    /** Puts claims into the ID token. */
    readonly other: IdentityIssuer,
  ) {}

  static async start(): Promise<Federation> {
    const [auth, acme, other] = await Promise.all([
      AuthBench.start({ LIMIT_SCALE: '1000', OAUTH_REDIRECT_URIS: `${publicUrl}/sign-in, ${otherApp}` }),
      IdentityIssuer.start({ redirectUris: [callbackOf('acme')] }),
      IdentityIssuer.start({ redirectUris: [callbackOf('other')], claimsInIdToken: true }),
    ]);
    await configureIssuers(auth, [acme.settings('acme', 'Acme'), other.settings('other', 'Other')]);
    return new Federation(auth, acme, other);
  }

  /** Undoes what a test did to the issuers and to what it spied on. */
  restore(): void {
    this.acme.tamper = undefined;
    this.acme.isDown = false;
    vi.restoreAllMocks();
  }

  async stop(): Promise<void> {
    await this.auth.stop();
    await this.acme.stop();
    await this.other.stop();
  }

  /** The first row that is found, past every policy. */
  async rowOf<Row>(sql: string, values: unknown[]): Promise<Row | undefined> {
    return (await this.auth.engines.superuser.query(sql, values)).rows[0] as Row | undefined;
  }

  accountOf(email: string) {
    const sql = 'select * from auth.accounts where email = $1';
    return this.rowOf<{ id: string; password_hash: string | null; email_verified_at: Date | null }>(sql, [email]);
  }

  async identitiesOf(email: string): Promise<string[]> {
    const sql = 'select i.subject from auth.identities i join auth.accounts a on a.id = i.account_id where a.email = $1';
    return (await this.auth.engines.superuser.query<{ subject: string }>(sql, [email])).rows.map(({ subject }) => subject);
  }
}
