import type { GalleryUsage } from '@atrium/contracts/gallery';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, newId } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QuotaOverrides } from '../src/quotas/quota-overrides.js';
import { wholeOrganization } from '../src/quotas/room.js';
import { UsageRepository } from '../src/quotas/usage.repository.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';

let gallery: Gallery;
let address: string;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: true }, { STORAGE_QUOTA_BYTES: '10000', STORAGE_QUOTA_FILES: '50' });
  await gallery.api.listen(0, '127.0.0.1');
  address = await gallery.api.getUrl();
});
afterAll(() => gallery?.stop());

const newAdmin = (): Member => ({ userId: newId(), orgId: newId(), role: 'org_admin' });
const usage = async (member: Member, siteId?: string): Promise<GalleryUsage> =>
  (await gallery.call<GalleryUsage>(member, 'GET', `/usage${siteId === undefined ? '' : `?site_id=${siteId}`}`)).body;

/** As the operator's command does it. */
const allow = (orgId: string, bytes: number | null, files: number | null, siteId = wholeOrganization) =>
  gallery.engines.database.superuser.query(
    `insert into gallery.usage (org_id, site_id, bytes_allowed, files_allowed) values ($1, $2, $3, $4)
     on conflict (org_id, site_id) do update set bytes_allowed = $3, files_allowed = $4`,
    [orgId, siteId, bytes, files],
  );

/** Over the network, as others ask at the same time. */
async function ask(member: Member, siteId: string, size: number): Promise<{ status: number; body: { error?: { code: string; details: object[] } } }> {
  const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size, sha256: '0'.repeat(64) };
  const headers = { authorization: `Bearer ${gallery.tokenOf(member)}`, 'content-type': 'application/json' };
  const answer = await fetch(`${address}/api/v1/gallery/uploads`, { method: 'POST', headers, body: JSON.stringify(intent) });
  return { status: answer.status, body: (await answer.json()) as { error?: { code: string; details: object[] } } };
}

describe('at the end of a quota', () => {
  it('twenty uploads at once never exceed it, and none is refused that had room', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 0, max: 6_000 }), fc.integer({ min: 0, max: 25 }), fc.boolean(), async (asked, bytes, files, isOfSite) => {
        const admin = newAdmin();
        const siteId = await gallery.addSite(admin.orgId);
        await allow(admin.orgId, bytes, files, isOfSite ? siteId : wholeOrganization);
        const answers = await Promise.all(asked.map((size) => ask(admin, siteId, size)));
        const taken = asked.filter((_, i) => answers[i]!.status === 201);
        const sum = taken.reduce((a, b) => a + b, 0);
        expect(sum).toBeLessThanOrEqual(bytes);
        expect(taken.length).toBeLessThanOrEqual(files);
        for (const [i, { status, body }] of answers.entries()) {
          if (status === 201) continue;
          expect([status, body.error?.code]).toEqual([409, 'QUOTA_EXCEEDED']);
          expect(sum + asked[i]! > bytes || taken.length === files).toBe(true);
        }
        const { bytes: told, files: toldFiles } = await usage(admin, siteId);
        expect([told.reserved, toldFiles.reserved, told.used]).toEqual([sum, taken.length, 0]);
      }),
      { numRuns: 12 },
    );
  });

  it('the refusal says what is allowed, used and reserved, and a file in the trash still counts', async () => {
    const admin = newAdmin();
    const siteId = await gallery.addSite(admin.orgId);
    const upload = await gallery.requestUpload(admin, siteId, png);
    await send(upload, png);
    await gallery.settled(admin, upload.asset_id);
    await ask(admin, siteId, 100);
    await gallery.call(admin, 'DELETE', `/assets/${upload.asset_id}`);
    const { body } = await ask(admin, siteId, 9_900);
    expect(body.error?.details).toEqual([
      { field: 'bytes.allowed', message: '10000' },
      { field: 'bytes.used', message: String(png.length) },
      { field: 'bytes.reserved', message: '100' },
    ]);
    expect((await ask(admin, siteId, 9_900 - png.length)).status).toBe(201);
  });

  it('a refused upload leaves nothing, under an Idempotency-Key neither, and may be tried again', async () => {
    const admin = newAdmin();
    const siteId = await gallery.addSite(admin.orgId);
    await gallery.call(admin, 'PUT', `/sites/${siteId}/quota`, { bytes: 10, files: null });
    const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 11, sha256: '0'.repeat(64) };
    const key = { 'idempotency-key': 'once' };
    expect((await gallery.call(admin, 'POST', '/uploads', intent, key)).status).toBe(409);
    expect(await usage(admin)).toMatchObject({ bytes: { reserved: 0 }, files: { reserved: 0 } });
    await gallery.call(admin, 'PUT', `/sites/${siteId}/quota`, { bytes: null, files: null });
    expect((await gallery.call(admin, 'POST', '/uploads', intent, key)).status).toBe(201);
    expect((await gallery.call(admin, 'POST', '/uploads', intent, key)).status).toBe(201);
    expect(await usage(admin)).toMatchObject({ bytes: { reserved: 11 }, files: { reserved: 1 } });
  });
});

describe('what is stored', () => {
  it('is reserved at the intent, used when ready, and free again when rejected', async () => {
    const admin = newAdmin();
    const siteId = await gallery.addSite(admin.orgId);
    const [good, bad] = [await gallery.requestUpload(admin, siteId, png), await gallery.requestUpload(admin, siteId, png, { content_type: 'image/jpeg' })];
    const { length } = png;
    expect(await usage(admin)).toMatchObject({ bytes: { used: 0, reserved: 2 * length, allowed: 10_000 }, files: { used: 0, reserved: 2, allowed: 50 } });
    await Promise.all([send(good, png), send(bad, png)]);
    await Promise.all([gallery.settled(admin, good.asset_id), gallery.settled(admin, bad.asset_id)]);
    expect(await usage(admin, siteId)).toEqual({ bytes: { used: length, reserved: 0, allowed: 10_000 }, files: { used: 1, reserved: 0, allowed: 50 } });
    await gallery.call(admin, 'DELETE', `/assets/${bad.asset_id}`);
    await gallery.call(admin, 'POST', `/assets/${bad.asset_id}/restore`);
    expect(await usage(admin)).toMatchObject({ bytes: { used: length }, files: { used: 1 } });
  });

  it('of a site is shown to its people, of the organization to those of all sites', async () => {
    const admin = newAdmin();
    const [shop, office] = [await gallery.addSite(admin.orgId), await gallery.addSite(admin.orgId)];
    await ask(admin, shop, 7);
    const clerk: Member = { userId: newId(), orgId: admin.orgId, siteRoles: { [shop]: 'viewer' } };
    const status = async (path: string) => (await gallery.call(clerk, 'GET', path)).status;
    expect([await status('/usage'), await status(`/usage?site_id=${shop}`), await status(`/usage?site_id=${office}`)]).toEqual([403, 200, 404]);
    expect((await usage(clerk, shop)).bytes).toEqual({ used: 0, reserved: 7, allowed: 10_000 });
    expect((await gallery.call(newAdmin(), 'GET', `/usage?site_id=${shop}`)).status).toBe(404);
  });

  it('is limited at a site by an org_admin alone, who reads of it in the audit log', async () => {
    const admin = newAdmin();
    const siteId = await gallery.addSite(admin.orgId);
    const siteAdmin: Member = { userId: newId(), orgId: admin.orgId, siteRoles: { [siteId]: 'site_admin' } };
    const limit = { bytes: 500, files: 5 };
    expect((await gallery.call(siteAdmin, 'PUT', `/sites/${siteId}/quota`, limit)).status).toBe(403);
    expect((await gallery.call(newAdmin(), 'PUT', `/sites/${siteId}/quota`, limit)).status).toBe(404);
    expect((await gallery.call(admin, 'PUT', `/sites/${wholeOrganization}/quota`, limit)).status).toBe(404);
    expect((await gallery.call<GalleryUsage>(admin, 'PUT', `/sites/${siteId}/quota`, limit)).body.bytes.allowed).toBe(500);
    expect([(await ask(admin, siteId, 501)).status, (await ask(admin, siteId, 500)).status]).toEqual([409, 201]);
    expect((await usage(admin)).bytes.allowed).toBe(10_000);
  });

  it("is allowed to an organization as the operator's command says, with the rights of the schema's owner", async () => {
    const admin = newAdmin();
    const siteId = await gallery.addSite(admin.orgId);
    const owner = await (await gallery.engines.database.ownerDataSource()).initialize();
    const overrides = new QuotaOverrides(new Database(owner), new AuditTrail(new Outbox('gallery'), auditRecorded));
    await expect(overrides.set(newId(), { bytes: 1, files: 1 }, 'why')).rejects.toThrow('No site of such an organization');
    expect(await overrides.set(admin.orgId, { bytes: 20_000, files: undefined }, 'why')).toEqual({ bytes: 20_000, files: null });
    expect([(await ask(admin, siteId, 20_001)).status, (await ask(admin, siteId, 20_000)).status]).toEqual([409, 201]);
    expect(await overrides.set(admin.orgId, { bytes: null, files: 1 }, 'why')).toEqual({ bytes: null, files: 1 });
    expect((await usage(admin)).bytes).toEqual({ used: 0, reserved: 20_000, allowed: 10_000 });
    await owner.destroy();
  });

  it('is counted in the database by no other way: the service may not change what an organization is allowed', async () => {
    const admin = newAdmin();
    const siteId = await gallery.addSite(admin.orgId);
    await ask(admin, siteId, 7);
    const inTenant = (sql: string) => gallery.api.get(Database).inTenant(admin.orgId, ({ manager }) => manager.query(sql));
    await expect(inTenant('update gallery.usage set bytes_allowed = 1e15')).rejects.toThrow(/permission denied/);
    await expect(inTenant(`select gallery.set_site_quota('${wholeOrganization}', 1000000000, 1000)`)).rejects.toThrow(/row-level security/);
    await expect(inTenant('delete from gallery.usage')).rejects.toThrow(/permission denied/);
  });

  it('differs from the counters only where they were damaged, which one statement tells', async () => {
    const admin = newAdmin();
    const [siteId, bytes] = [await gallery.addSite(admin.orgId), png.length];
    const upload = await gallery.requestUpload(admin, siteId, png);
    await send(upload, png);
    await gallery.settled(admin, upload.asset_id);
    const usages = gallery.api.get(UsageRepository);
    const inTenant = gallery.api.get(Database).inTenant.bind(gallery.api.get(Database));
    expect(await inTenant(admin.orgId, (tx) => usages.drift(tx))).toEqual([]);
    await gallery.engines.database.superuser.query('delete from gallery.usage where org_id = $1 and site_id = $2', [admin.orgId, siteId]);
    const drift = await inTenant(admin.orgId, (tx) => usages.drift(tx));
    expect(drift).toEqual([{ siteId, bytesUsed: bytes, bytesReserved: 0, filesUsed: 1, filesReserved: 0 }]);
    await inTenant(admin.orgId, (tx) => usages.correct(tx, drift));
    expect(await inTenant(admin.orgId, (tx) => usages.drift(tx))).toEqual([]);
    expect((await usage(admin, siteId)).bytes.used).toBe(bytes);
  });
});
