import { createHash, randomUUID } from 'node:crypto';
import { accessTokenClaims, type AccessTokenClaims } from '@atrium/contract-kit';
import { authEndpoints, isSignedIn, type SignedIn, type SignInAnswer } from '@atrium/contracts/auth';
import { eventsEndpoints, type Source } from '@atrium/contracts/events';
import { type Asset, galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, type SystemRoleName, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { z } from 'zod';
import { ApiClient } from './api-client.js';
import { until } from './until.js';

export const password = 'correct horse battery staple 42';

/** Someone who is signed in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly claims: AccessTokenClaims;
  readonly orgId: string;
}

const mail = z.object({ to: z.unknown(), subject: z.string(), text: z.string() });
export type Mail = z.output<typeof mail>;

export const claimsOf = (token: string): AccessTokenClaims =>
  accessTokenClaims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));

/** The tokens of a sign-in that needs no second factor. Throws where it does. */
export function signedIn(answer: SignInAnswer): SignedIn {
  if (!isSignedIn(answer)) throw new Error('Signing in asks for a second factor');
  return answer;
}

/** Makes people, organizations and things in them, as a client would: by the public API and the mail inbox. */
export class World {
  readonly api: ApiClient;

  constructor(
    gateway: string,
    private readonly mailbox: string,
  ) {
    this.api = new ApiClient(gateway);
  }

  newAddress(name = 'person'): string {
    return `${name}-${randomUUID()}@example.com`;
  }

  /** The newest mail to the address whose subject matches. */
  mailTo(address: string, subject: RegExp): Promise<Mail> {
    return until(`a mail ${subject.source} to ${address}`, async () => {
      const mails = z.array(mail).parse(await (await fetch(`${this.mailbox}/api/messages`)).json());
      return mails.find((one) => JSON.stringify(one.to).includes(address) && subject.test(one.subject));
    });
  }

  async mailedToken(address: string, subject: RegExp): Promise<string> {
    const { text } = await this.mailTo(address, subject);
    const token = /[?&]token=([\w.~-]+)/.exec(text)?.[1];
    if (token === undefined) throw new Error('The mail carries no token');
    return token;
  }

  async register(more: { email?: string; organization_name?: string; invitation_token?: string } = {}): Promise<string> {
    const email = more.email ?? this.newAddress();
    await this.api.call(authEndpoints.register, { body: { ...more, email, password, password_confirm: password } });
    return email;
  }

  async verify(email: string): Promise<void> {
    const token = await this.mailedToken(email, /verify/i);
    await this.api.call(authEndpoints.verifyEmail, { body: { token } });
  }

  /** Signs in, once the person's organization has come round by events. */
  signIn(email: string, orgId?: string): Promise<Person> {
    return until(`an organization for ${email}`, async () => {
      const body = { email, password, ...(orgId ? { org_id: orgId } : {}) };
      const session = signedIn((await this.api.call(authEndpoints.login, { body })).body);
      const claims = claimsOf(session.access_token);
      if (claims.org_id === null) return undefined;
      const { access_token: token, refresh_token: refreshToken } = session;
      return { id: session.user.id, email, token, refreshToken, claims, orgId: claims.org_id };
    });
  }

  /** A stranger with an organization of their own, which they administer. */
  async newAdmin(): Promise<Person> {
    const email = await this.register({ organization_name: `Org ${randomUUID().slice(0, 8)}` });
    await this.verify(email);
    return this.signIn(email);
  }

  /** Someone whom the admin invited with the role, for the organization or for one site. */
  async newMember(admin: Person, role: SystemRoleName, siteId?: string): Promise<Person> {
    const email = this.newAddress(role);
    const body = { email, role_id: systemRoles[role].id, ...(siteId ? { site_id: siteId } : {}) };
    await this.api.call(usersEndpoints.inviteUser, { token: admin.token, body });
    await this.register({ email, invitation_token: await this.mailedToken(email, /invit/i) });
    await this.verify(email);
    return this.signIn(email);
  }

  async newSite(admin: Person, name = `Site ${randomUUID().slice(0, 8)}`): Promise<Site> {
    return (await this.api.call(usersEndpoints.createSite, { token: admin.token, body: { name } })).body;
  }

  async newSource(admin: Person, siteId: string): Promise<Source> {
    const body = { name: 'Web', site_id: siteId };
    return (await this.api.call(eventsEndpoints.createSource, { token: admin.token, body })).body;
  }

  async countEvents(person: Person, event: string): Promise<number> {
    const hour = 3_600_000;
    const query = { event, from: new Date(Date.now() - 24 * hour).toISOString(), to: new Date(Date.now() + hour).toISOString() };
    return (await this.api.call(eventsEndpoints.countEvents, { token: person.token, query })).body.count;
  }

  /** Uploads by presigned URL and says so; the file is not verified yet. */
  async upload(
    person: Person,
    siteId: string,
    bytes: Buffer,
    more: { filename?: string; content_type?: Asset['content_type'] } = {},
  ): Promise<string> {
    const { body: intent } = await this.api.call(galleryEndpoints.createUpload, {
      token: person.token,
      body: {
        site_id: siteId,
        filename: more.filename ?? 'picture.png',
        content_type: more.content_type ?? 'image/png',
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
    });
    if (intent.method !== 'PUT') throw new Error(`${intent.method} was not asked for`);
    const put = await fetch(intent.url, { method: intent.method, headers: intent.headers, body: new Uint8Array(bytes) });
    if (!put.ok) throw new Error(`S3 answered ${put.status} ${await put.text()}`);
    await this.api.call(galleryEndpoints.completeUpload, { token: person.token, params: { asset_id: intent.asset_id } });
    return intent.asset_id;
  }

  /** The file once its verification has ended, well or not. */
  settled(person: Person, assetId: string): Promise<Asset> {
    return until(`the verification of ${assetId}`, async () => {
      const { body } = await this.api.call(galleryEndpoints.getAsset, { token: person.token, params: { id: assetId } });
      return body.status === 'ready' || body.status === 'rejected' ? body : undefined;
    });
  }
}
