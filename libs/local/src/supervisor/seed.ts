import { z } from 'zod';
import { LocalStackError } from '../local-stack-error.js';
import { within } from '../process-exit.js';
import { type Demo, type DemoAccount, DemoFile } from './demo-account.js';
import { publicUrls } from './service-environment.js';
import type { LocalSettings } from './settings.js';

export { type Demo, demoSchema } from './demo-account.js';

const organization = 'Demo';

/** Milliseconds for a mail or an event to come round. */
const patience = 20_000;

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

class Api {
  token: string | undefined;

  constructor(
    private readonly base: string,
    private readonly stopping: AbortSignal,
  ) {}

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) },
      signal: AbortSignal.any([this.stopping, AbortSignal.timeout(patience)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
  }

  async call<S extends z.ZodType>(method: string, path: string, body: unknown, expected: number, schema: S): Promise<z.output<S>> {
    const { status, json } = await this.ask(method, path, body);
    if (status !== expected) throw unexpected(method, path, { status, json });
    return schema.parse(json);
  }
}

function unexpected(method: string, path: string, { status, json }: Answer): LocalStackError {
  const text = JSON.stringify(json ?? '').slice(0, 200);
  return new LocalStackError(`The demo organization could not be made: ${method} ${path} answered ${status} ${text}`);
}

const mails = z.array(z.object({ subject: z.string(), text: z.string() }));

async function verificationToken(mailUrl: string, email: string, stopping: AbortSignal): Promise<string> {
  let token: string | undefined;
  const inbox = new Api(mailUrl, stopping);
  await within(patience, async () => {
    const found = await inbox.call('GET', `/api/messages?to=${encodeURIComponent(email)}`, undefined, 200, mails);
    const mail = found.find(({ subject }) => /verify/i.test(subject));
    token = mail && /[?&]token=([\w.~-]+)/.exec(mail.text)?.[1];
    return token !== undefined;
  });
  if (token === undefined) throw new LocalStackError('The demo account got no verification mail: see the logs of auth and mailer');
  return token;
}

const signedIn = z.object({ access_token: z.string() });
const withId = z.object({ id: z.string() });
const failure = z.object({ error: z.object({ code: z.string() }) });

const codeOf = ({ json }: Answer): string | undefined => failure.safeParse(json).data?.error.code;

const organizationOf = (token: string): string | null => {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return z.object({ org_id: z.string().nullable() }).parse(claims).org_id;
};

/** Signs in once the organization that registration founds has come round by events. */
async function signIn(auth: Api, { email, password }: DemoAccount): Promise<{ token: string; orgId: string }> {
  let found: { token: string; orgId: string } | undefined;
  await within(patience, async () => {
    const { access_token: token } = await auth.call('POST', '/api/v1/auth/login', { email, password }, 200, signedIn);
    const orgId = organizationOf(token);
    if (orgId !== null) found = { token, orgId };
    else await new Promise((resolve) => setTimeout(resolve, 100));
    return found !== undefined;
  });
  if (!found) throw new LocalStackError('The demo organization did not come up: see the logs of users and auth');
  return found;
}

/** Makes the demo organization by the API that everyone uses, going on where an earlier start was cut off. */
class Seeding {
  private readonly auth: Api;
  private readonly file: DemoFile;

  constructor(
    private readonly settings: LocalSettings,
    private readonly stopping: AbortSignal,
  ) {
    // Registration goes to auth itself, past the gateway's limit on registrations.
    this.auth = new Api(`http://127.0.0.1:${settings.ports.auth}`, stopping);
    this.file = new DemoFile(settings.dataDir);
  }

  async run(): Promise<Demo> {
    const made = this.file.finished();
    if (made && (await this.login(made)).status === 200) return made;
    const account = await this.account();
    const session = await signIn(this.auth, account);
    const gateway = new Api(publicUrls(this.settings).gateway, this.stopping);
    gateway.token = session.token;
    const siteId = await this.site(gateway);
    const source = { name: 'Demo app', site_id: siteId };
    const { write_key } = await gateway.call('POST', '/api/v1/events/sources', source, 201, z.object({ write_key: z.string() }));
    const demo = { organization, organization_id: session.orgId, ...account, site_id: siteId, write_key };
    this.file.finish(demo);
    return demo;
  }

  private login({ email, password }: DemoAccount): Promise<Answer> {
    return this.auth.ask('POST', '/api/v1/auth/login', { email, password });
  }

  /** A verified account whose password is known. */
  private async account(): Promise<DemoAccount> {
    const { email, password } = this.file.account();
    const account = { email, password };
    if (await this.isVerified(account)) return account;
    const other = this.file.otherAccount();
    if (await this.isVerified(other)) return other;
    throw new LocalStackError('The demo account could not be made: see the log of auth');
  }

  /** False when the address belongs to an account with another password, as when demo.json was lost. */
  private async isVerified(account: DemoAccount): Promise<boolean> {
    const path = '/api/v1/auth/register';
    const body = { ...account, password_confirm: account.password, organization_name: organization };
    const registered = await this.auth.ask('POST', path, body);
    if (registered.status !== 201 && codeOf(registered) !== 'EMAIL_TAKEN') throw unexpected('POST', path, registered);
    const login = await this.login(account);
    if (login.status === 200) return true;
    if (codeOf(login) === 'INVALID_CREDENTIALS') return false;
    const token = await verificationToken(publicUrls(this.settings).mail, account.email, this.stopping);
    await this.auth.call('POST', '/api/v1/auth/verify-email', { token }, 204, z.undefined());
    return true;
  }

  private async site(gateway: Api): Promise<string> {
    const name = 'Demo site';
    const listed = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });
    const { data } = await gateway.call('GET', '/api/v1/sites', undefined, 200, listed);
    const found = data.find((site) => site.name === name);
    return found?.id ?? (await gateway.call('POST', '/api/v1/sites', { name }, 201, withId)).id;
  }
}

/** The demo organization: made at the first start, found by later ones; made anew where its account is gone. */
export const seedDemo = (settings: LocalSettings, stopping: AbortSignal): Promise<Demo> => new Seeding(settings, stopping).run();
