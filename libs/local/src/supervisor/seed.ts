import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../data-folder.js';
import { LocalStackError } from '../local-stack-error.js';
import { within } from '../process-exit.js';
import { publicUrls } from './service-environment.js';
import type { LocalSettings } from './settings.js';

/** What a newcomer needs to try the platform. */
export const demoSchema = z.object({
  organization: z.string(),
  organization_id: z.string(),
  email: z.string(),
  password: z.string(),
  site_id: z.string(),
  write_key: z.string(),
});
export type Demo = z.output<typeof demoSchema>;

const organization = 'Demo';
const email = 'admin@demo.example.com';

/** Milliseconds for a mail or an event to come round. */
const patience = 20_000;

class Api {
  token: string | undefined;

  constructor(private readonly base: string) {}

  async call<S extends z.ZodType>(method: string, path: string, body: unknown, expected: number, schema: S): Promise<z.output<S>> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== expected) {
      throw new LocalStackError(
        `The demo organization could not be made: ${method} ${path} answered ${response.status} ${text.slice(0, 200)}`,
      );
    }
    return schema.parse(text === '' ? undefined : JSON.parse(text));
  }
}

const mails = z.array(z.object({ to: z.unknown(), subject: z.string(), text: z.string() }));

async function verificationToken(mailUrl: string): Promise<string> {
  let token: string | undefined;
  await within(patience, async () => {
    const inbox = mails.parse(await (await fetch(`${mailUrl}/api/messages`)).json());
    const mail = inbox.find(({ to, subject }) => JSON.stringify(to).includes(email) && /verify/i.test(subject));
    token = mail && /[?&]token=([\w.~-]+)/.exec(mail.text)?.[1];
    return token !== undefined;
  });
  if (token === undefined) throw new LocalStackError('The demo account got no verification mail: see the logs of auth and mailer');
  return token;
}

const signedIn = z.object({ access_token: z.string() });
const withId = z.object({ id: z.string() });

const organizationOf = (token: string): string | null => {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return z.object({ org_id: z.string().nullable() }).parse(claims).org_id;
};

/** Signs in once the organization that registration founds has come round by events. */
async function signIn(auth: Api, password: string): Promise<{ token: string; orgId: string }> {
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

/**
 * Makes the demo organization at the first start, by the API that everyone uses; later starts find it.
 * Registration goes to auth itself, past the gateway's limit on registrations.
 */
export async function seedDemo(settings: LocalSettings): Promise<Demo> {
  const file = join(settings.dataDir, 'demo.json');
  if (existsSync(file)) return demoSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const auth = new Api(`http://127.0.0.1:${settings.ports.auth}`);
  const password = randomBytes(12).toString('base64url');
  const account = { email, password, password_confirm: password, organization_name: organization };
  await auth.call('POST', '/api/v1/auth/register', account, 201, z.unknown());
  const token = await verificationToken(publicUrls(settings).mail);
  await auth.call('POST', '/api/v1/auth/verify-email', { token }, 204, z.undefined());
  const session = await signIn(auth, password);
  const gateway = new Api(publicUrls(settings).gateway);
  gateway.token = session.token;
  const site = await gateway.call('POST', '/api/v1/sites', { name: 'Demo site' }, 201, withId);
  const source = { name: 'Demo app', site_id: site.id };
  const { write_key } = await gateway.call('POST', '/api/v1/events/sources', source, 201, z.object({ write_key: z.string() }));
  const demo = { organization, organization_id: session.orgId, email, password, site_id: site.id, write_key };
  writeFileDurably(file, JSON.stringify(demo, null, 2));
  return demo;
}
