import { decodeJwt } from 'jose';
import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { passkeyChanged } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { type Cbor, type Deviation, SoftwareAuthenticator } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuthBench } from './auth-bench.js';
import { backedUp, backupEligible, origin, PasskeyPeople, userPresent, userVerified, verdictOf } from './passkey-people.js';

let auth: AuthBench;
let people: PasskeyPeople;
const refusal = '401 INVALID_CREDENTIALS';

beforeAll(async () => {
  auth = await AuthBench.start();
  people = new PasskeyPeople(auth);
});
afterAll(() => auth?.stop());

const foreignSignature = sign('sha256', randomBytes(8), generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const foreign = { fmt: 'packed', attStmt: new Map<string, Cbor>([['alg', -7], ['sig', foreignSignature]]) };
const certificate = { fmt: 'packed', attStmt: new Map<string, Cbor>([['alg', -7], ['sig', foreignSignature], ['x5c', [new Uint8Array(300)]]]) };
const deviations: [string, Deviation, string][] = [
  ["another site's origin", { origin: 'https://evil.example' }, 'response origin'],
  ['an origin that only looks alike', { origin: 'https://app.atrium.test.evil.example' }, 'response origin'],
  ['a subdomain that is not listed', { origin: 'https://other.atrium.test' }, 'response origin'],
  ['an unencrypted origin', { origin: 'http://app.atrium.test' }, 'response origin'],
  ["another site's id", { rpId: 'evil.example' }, 'RP ID'],
  ['a made-up challenge', { challenge: randomBytes(32).toString('base64url') }, 'unknown challenge'],
  ['the wrong ceremony', { type: 'webauthn.get' }, 'response type'],
  ['the frame of another site', { crossOrigin: true }, 'frame'],
  ['no verification of the person', { flags: userPresent }, 'could not be verified'],
  ['nobody present', { flags: userVerified }, 'not present'],
  ['a copy of what cannot be copied', { flags: userPresent | userVerified | backedUp }, 'backed up'],
  ['a certificate that nobody asked for', { attestation: certificate }, 'nobody asked for'],
  ['an attestation that another key signed', { attestation: foreign }, 'not signed by its key'],
  ['an unknown attestation', { attestation: { fmt: 'made-up', attStmt: new Map() } }, 'nobody asked for'],
];

describe('the options for a new passkey', () => {
  it('ask for a discoverable one that verifies the person, and name neither account nor challenge twice', async () => {
    const { access, email, id } = await people.signedIn();
    const options = await people.creationOptions(access);
    const again = await people.creationOptions(access);
    expect(options).toMatchObject({
      rp: { id: 'atrium.test', name: 'Atrium' },
      user: { name: email },
      pubKeyCredParams: [{ alg: -7 }, { alg: -8 }, { alg: -257 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
      attestation: 'none',
    });
    expect(Buffer.from(options.user.id, 'base64url')).toHaveLength(64);
    expect(Buffer.from(options.user.id, 'base64url').toString('hex')).not.toContain(id.replaceAll('-', ''));
    expect(again.user.id).toBe(options.user.id);
    expect(again.challenge).not.toBe(options.challenge);
  });

  it('name the passkeys that are there, and another handle for another person', async () => {
    const ann = await people.withPasskey();
    const bob = await people.withPasskey();
    const [first, second] = [await people.creationOptions(ann.access), await people.creationOptions(bob.access)];
    expect(first.excludeCredentials).toEqual([
      { type: 'public-key', id: ann.authenticator.credentialId.toString('base64url'), transports: ['internal', 'hybrid'] },
    ]);
    expect(first.user.id).not.toBe(second.user.id);
  });

  it('come from configuration, whatever the request says of its host', async () => {
    const { access: token } = await people.signedIn();
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' };
    const { json } = await people.post('/registration/options', { token, headers });
    expect(json).toMatchObject({ rp: { id: 'atrium.test' } });
  });

  it('are given to whoever proved a moment ago who they are', async () => {
    const person = await people.withPasskey();
    await people.growStale(person.id);
    expect(verdictOf(await people.post('/registration/options', { token: person.access }))).toBe('403 REAUTHENTICATION_REQUIRED');
    expect(verdictOf(await people.remove(person.access, person.passkeyId))).toBe('403 REAUTHENTICATION_REQUIRED');
    expect(verdictOf(await people.post('/registration/options'))).toBe('401 UNAUTHENTICATED');
  });
});

describe('adding a passkey', () => {
  it('answers it, lists it, tells the person and writes it down', async () => {
    const { access, id, email } = await people.signedIn();
    const recorded = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const synced = new SoftwareAuthenticator(origin, userPresent | userVerified | backupEligible | backedUp, false);
    const answer = await people.add(access, synced);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ name: 'Laptop', last_used_at: null, backed_up: true, transports: ['internal', 'hybrid'] });
    expect(Object.keys(answer.json).sort()).toEqual(['backed_up', 'created_at', 'id', 'last_used_at', 'name', 'transports']);
    expect((await people.list(access)).json).toEqual({ data: [answer.json] });
    expect(await auth.queues.hear(passkeyChanged, (data) => data.user_id === id)).toMatchObject({ email, passkey_name: 'Laptop', change: 'added' });
    const [, entry, place] = recorded.mock.lastCall ?? [];
    expect(entry).toMatchObject({ action: 'passkey.added', resource: { type: 'passkey', id: answer.json['id'] } });
    expect(place).toEqual({ orgId: decodeJwt(access)['org_id'] });
    expect(decodeJwt(access)['org_id']).toEqual(expect.any(String));
    recorded.mockRestore();
  });

  it.each(deviations)('refuses %s, and the challenge is gone', async (_, deviation, reason) => {
    const { access: token } = await people.signedIn();
    const options = await people.creationOptions(token);
    const authenticator = new SoftwareAuthenticator(origin);
    const verify = (response: unknown) => people.post('/registration/verify', { token, body: { response } });
    expect(verdictOf(await verify(authenticator.create(options, deviation)))).toBe(refusal);
    expect(people.lastReason()).toContain(reason);
    if (deviation.challenge === undefined && !deviation.crossOrigin) expect(verdictOf(await verify(authenticator.create(options)))).toBe(refusal);
    expect((await people.list(token)).json).toEqual({ data: [] });
  });

  it('takes an attestation that the passkey signed itself, which browsers leave in', async () => {
    const { access } = await people.signedIn();
    expect((await people.add(access, new SoftwareAuthenticator(origin), { attestation: 'self' })).status).toBe(201);
  });

  it('refuses bytes that are no attestation', async () => {
    const { access: token } = await people.signedIn();
    const { response, ...rest } = new SoftwareAuthenticator(origin).create(await people.creationOptions(token));
    const garbage = { ...rest, response: { ...response, attestationObject: Buffer.alloc(9_000, 0x81).toString('base64url') } };
    expect(verdictOf(await people.post('/registration/verify', { token, body: { response: garbage } }))).toBe(refusal);
  });

  it('takes a challenge once, of ten at the same time for one', async () => {
    const { access: token } = await people.signedIn();
    const options = await people.creationOptions(token);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        people.post('/registration/verify', { token, body: { response: new SoftwareAuthenticator(origin).create(options) } }),
      ),
    );
    expect(answers.map(verdictOf).sort()).toEqual(['201', ...Array(9).fill(refusal)]);
  });

  it("refuses another session's challenge, an expired one and one of a sign-in", async () => {
    const ann = await people.signedIn();
    const eve = await people.signedIn();
    const verify = (token: string, options: Parameters<SoftwareAuthenticator['create']>[0]) =>
      people.post('/registration/verify', { token, body: { response: new SoftwareAuthenticator(origin).create(options) } });
    const options = await people.creationOptions(ann.access);
    expect(verdictOf(await verify(eve.access, options))).toBe(refusal);
    expect(verdictOf(await verify(eve.access, { ...options, challenge: (await people.loginOptions()).challenge }))).toBe(refusal);
    await auth.engines.superuser.query(
      `update auth.passkey_challenges set created_at = now() - interval '6 minutes', expires_at = now() - interval '1 minute'`,
    );
    expect(verdictOf(await verify(ann.access, options))).toBe(refusal);
  });

  it("refuses a credential that somebody has already, also the person's own", async () => {
    const ann = await people.withPasskey();
    const eve = await people.signedIn();
    expect(verdictOf(await people.add(eve.access, new SoftwareAuthenticator(origin), { credentialId: ann.authenticator.credentialId }))).toBe(refusal);
    expect(verdictOf(await people.add(ann.access, ann.authenticator))).toBe(refusal);
    expect((await people.login(ann.authenticator)).json).toMatchObject({ user: { id: ann.id } });
  });

  it('ends with the session, also where a ceremony is under way', async () => {
    const { access: token } = await people.signedIn();
    const response = new SoftwareAuthenticator(origin).create(await people.creationOptions(token));
    await auth.request('POST', '/logout-all', { token });
    expect(verdictOf(await people.post('/registration/verify', { token, body: { response } }))).toBe('401 UNAUTHENTICATED');
  });

  it('stops at twenty, also at once', async () => {
    const { access: token } = await people.signedIn();
    for (let index = 0; index < 18; index += 1) await people.add(token);
    const answers = await Promise.all(Array.from({ length: 5 }, () => people.add(token)));
    const verdicts = answers.map(verdictOf);
    expect(verdicts.filter((verdict) => verdict === '201')).toHaveLength(2);
    expect((await people.list(token)).json['data']).toHaveLength(20);
    expect(verdictOf(await people.post('/registration/options', { token }))).toBe('409 CONFLICT');
  });

  it.each([
    ['a smuggled field', { account_id: randomUUID() }, 'account_id'],
    ['an empty name', { name: '  ' }, 'name'],
    ['a name of many lines', { name: 'a\nb' }, 'name'],
    ['a long name', { name: 'x'.repeat(65) }, 'name'],
  ])('refuses %s by its field', async (_, extra, field) => {
    const { access: token } = await people.signedIn();
    const response = new SoftwareAuthenticator(origin).create(await people.creationOptions(token));
    const { status, json } = await people.post('/registration/verify', { token, body: { response, ...extra } });
    expect(status).toBe(400);
    expect((json['error'] as { details: { field: string }[] }).details.map((detail) => detail.field)).toContain(field);
  });
});

describe("a person's passkeys", () => {
  it('are renamed and removed by the person alone', async () => {
    const ann = await people.withPasskey();
    const eve = await people.signedIn();
    const rename = (token: string) => auth.request('PATCH', `/passkeys/${ann.passkeyId}`, { token, body: { name: 'Phone' } });
    expect(verdictOf(await rename(eve.access))).toBe('404 NOT_FOUND');
    expect(verdictOf(await people.remove(eve.access, ann.passkeyId))).toBe('404 NOT_FOUND');
    expect((await people.list(eve.access)).json).toEqual({ data: [] });
    expect((await rename(ann.access)).json).toMatchObject({ id: ann.passkeyId, name: 'Phone' });
    expect((await people.remove(ann.access, ann.passkeyId)).status).toBe(204);
    expect(verdictOf(await people.remove(ann.access, ann.passkeyId))).toBe('404 NOT_FOUND');
    const notice = await auth.queues.hear(passkeyChanged, (data) => data.user_id === ann.id && data.change === 'removed');
    expect(notice).toMatchObject({ email: ann.email, passkey_name: 'Phone' });
    expect(verdictOf(await people.login(ann.authenticator))).toBe(refusal);
  });
});
