import { randomUUID } from 'node:crypto';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { usersEndpoints } from '@atrium/contracts/users';
import { until, zipEntries } from '@atrium/testing';
import { describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, world } from './platform.js';

const linesOf = (text: string | undefined) => (text ?? '').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a person who goes', () => {
  it('takes everything along that every service holds of them, as one archive', async () => {
    const ann = await world.newAdmin();
    const site = await world.newSite(ann);
    const assetId = await world.upload(ann, site.id, png);
    const source = await world.newSource(ann, site.id);
    const event = `Seen ${randomUUID()}`;
    const batch = [{ event, user_id: ann.id }, { event, user_id: 'somebody else' }];
    await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': source.write_key }, body: { batch } });
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(2);
    const { headers, body } = await api.call(usersEndpoints.exportMe, { token: ann.token });
    expect(headers.get('content-type')).toBe('application/zip');
    const entries = zipEntries(body);
    expect(JSON.parse(entries.get('users.json') ?? '')).toMatchObject({ user_id: ann.id, memberships: [{ org_id: ann.orgId }] });
    expect(JSON.parse(entries.get('auth.json') ?? '')).toMatchObject({ account: { email: ann.email } });
    expect(linesOf(entries.get('files.ndjson'))).toMatchObject([{ id: assetId, org_id: ann.orgId }]);
    expect(linesOf(entries.get('events.ndjson'))).toMatchObject([{ event_name: event, user_id: ann.id }]);
  });

  it('is out everywhere within five seconds, and their address is not free yet', async () => {
    const ann = await world.newAdmin();
    await api.call(usersEndpoints.leaveEverywhere, { token: ann.token });
    await expect.poll(() => api.verdict(authEndpoints.me, { token: ann.token }), { timeout: 5_000 }).toBe('401 UNAUTHENTICATED');
    await until('the other services to know', async () => (await api.verdict(usersEndpoints.listOrganizations, { token: ann.token })).startsWith('401'));
    expect(await api.verdict(authEndpoints.refresh, { body: { refresh_token: ann.refreshToken } })).toMatch(/^401 /);
    await expect(world.register({ email: ann.email })).rejects.toThrow('EMAIL_TAKEN');
  });
});
