import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Asset } from '@atrium/contracts/gallery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAssets, type AssetRow } from './asset-rows.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';

interface Page {
  readonly data: readonly Asset[];
  readonly next_cursor: string | null;
}

const orgId = randomUUID();
const editor: Member = { userId: randomUUID(), orgId, role: 'editor' };
let gallery: Gallery;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
});
afterAll(() => gallery.stop());

/** A site with these files alone, and how to list it. */
async function siteWith(rows: readonly AssetRow[]) {
  const siteId = await gallery.addSite(orgId);
  await addAssets(gallery.engines.database.superuser, orgId, siteId, rows);
  const list = async (query: Record<string, string>): Promise<string[]> => {
    const search = new URLSearchParams({ site_id: siteId, ...query });
    const { status, body } = await gallery.call<Page>(editor, 'GET', `/assets?${search}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.data.map(({ filename }) => filename);
  };
  return { siteId, list };
}

describe('the search of assets', () => {
  const names = ['Übersicht_Straße.png', 'uber-uns.png', 'Ein Foto (Łódź).JPG', 'cafe\u0301 menu.pdf', 'IMG_0042.png', "l'été.png", 'ﬁnal.png'];
  let list: (query: Record<string, string>) => Promise<string[]>;
  const found = async (q: string): Promise<string[]> => (await list({ q, sort: 'name' })).toSorted();
  beforeAll(async () => ({ list } = await siteWith([...names.map((filename) => ({ filename })), { filename: 'x.png', tags: ['Sommer Ferien', "d'Or \\ 1"] }])));

  it('finds words by their beginning, without case and accents', async () => {
    expect(await found('uber')).toEqual(['uber-uns.png', 'Übersicht_Straße.png'].toSorted());
    expect(await found('ÜBERS')).toEqual(['Übersicht_Straße.png']);
    expect(await found('strasse')).toEqual(['Übersicht_Straße.png']);
    expect(await found('STRAẞE')).toEqual(['Übersicht_Straße.png']);
    expect(await found('lodz')).toEqual(['Ein Foto (Łódź).JPG']);
    expect(await found('café')).toEqual(['cafe\u0301 menu.pdf']);
    expect(await found('ete')).toEqual(["l'été.png"]);
    expect(await found('final')).toEqual(['ﬁnal.png']);
    expect(await found('bersicht')).toEqual([]);
  });

  it('finds what has all words, in any order, in the name or a tag', async () => {
    expect(await found('lodz ein')).toEqual(['Ein Foto (Łódź).JPG']);
    expect(await found('lodz menu')).toEqual([]);
    expect(await found('ferien x')).toEqual(['x.png']);
    expect(await found('png 0042')).toEqual(['IMG_0042.png']);
    expect(await found('png 0043')).toEqual([]);
    expect(await found('img_0042.p')).toEqual(['IMG_0042.png']);
  });

  it('takes what would be syntax as text, and what has no letter as nothing that any file has', async () => {
    for (const q of ["'", '\\', "' | 'x", 'x:*', '!x', '🎉', '---', '&', '<->', "'); drop table"]) await expect(found(q), q).resolves.toBeInstanceOf(Array);
    for (const q of ["'", '\\', '🎉', '---', '&']) expect(await found(q), q).toEqual([]);
    expect(await found('!x')).toEqual(['x.png']);
  });

  it('finds a whole tag, in any case, and not a part of it', async () => {
    expect(await list({ tag: 'sommer ferien' })).toEqual(['x.png']);
    expect(await list({ tag: "D'OR \\ 1" })).toEqual(['x.png']);
    expect(await list({ tag: 'Sommer' })).toEqual([]);
    expect(await list({ tag: 'x' })).toEqual([]);
    expect(await list({ tag: 'sommer ferien', q: 'or', type: 'image/png' })).toEqual(['x.png']);
    expect(await list({ tag: 'sommer ferien', type: 'image/jpeg' })).toEqual([]);
  });

  it('is as deep as the organization: what is rare among many is found', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => ({ filename: `photo ${n}.png`, createdAt: new Date(Date.UTC(2026, 0, 1) + n), tags: n < 300 ? ['old'] : [] }));
    const site = await siteWith(many);
    expect(await site.list({ q: 'photo 2', limit: '2' })).toEqual(['photo 2999.png', 'photo 2998.png']);
    expect(await site.list({ q: '170', sort: 'created_at' })).toEqual(['photo 170.png', ...Array.from({ length: 10 }, (_, n) => `photo 170${n}.png`)]);
    expect(await site.list({ q: 'nowhere' })).toEqual([]);
    // Those that are read first have none.
    expect(await site.list({ tag: 'OLD', limit: '3' })).toEqual(['photo 299.png', 'photo 298.png', 'photo 297.png']);
    expect(await site.list({ tag: 'old', sort: 'created_at', limit: '2' })).toEqual(['photo 0.png', 'photo 1.png']);
  });
});

describe('the list of assets', () => {
  it('is narrowed by type, status, time and size', async () => {
    const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));
    const { list } = await siteWith([
      { filename: 'a', size: 10, createdAt: at(1), contentType: 'image/gif' },
      { filename: 'b', size: 20, createdAt: at(2), status: 'rejected' },
      { filename: 'c', size: 30, createdAt: at(3), status: 'trashed' },
      { filename: 'd', size: 40, createdAt: at(4), status: 'pending' },
    ]);
    expect(await list({ sort: 'size' })).toEqual(['a', 'b', 'd']);
    expect(await list({ type: 'image/gif' })).toEqual(['a']);
    for (const [status, name] of [['ready', 'a'], ['rejected', 'b'], ['trashed', 'c'], ['pending', 'd']] as const) expect(await list({ status })).toEqual([name]);
    expect(await list({ from: at(2).toISOString() })).toEqual(['d', 'b']);
    expect(await list({ to: '2026-01-01T03:00:00+01:00' })).toEqual(['a']);
    expect(await list({ min_size: '20', max_size: '40', sort: '-size' })).toEqual(['d', 'b']);
    expect(await list({ min_size: '41' })).toEqual([]);
    expect(await list({ from: '0000-01-01T00:00:00Z', to: '9999-12-31T23:59:59-14:00', sort: 'name' })).toEqual(['a', 'b', 'd']);
  });

  it('is sorted by name without case and accents', async () => {
    const { list } = await siteWith(['zebra', 'Äpfel', 'apfel 2', 'Birne', 'éclair'].map((filename) => ({ filename })));
    expect(await list({ sort: 'name' })).toEqual(['Äpfel', 'apfel 2', 'Birne', 'éclair', 'zebra']);
    expect(await list({ sort: '-name' })).toEqual(['zebra', 'éclair', 'Birne', 'apfel 2', 'Äpfel']);
  });

  it('of a person of some sites holds what these have, in one order', async () => {
    const mine = await siteWith([{ filename: 'a', size: 3, tags: ['t'] }, { filename: 'd', size: 1 }]);
    const too = await siteWith([{ filename: 'b', size: 2, tags: ['t'] }]);
    await siteWith([{ filename: 'c', size: 9, tags: ['t'] }]);
    const person: Member = { userId: randomUUID(), orgId, siteRoles: { [mine.siteId]: 'viewer', [too.siteId]: 'viewer' } };
    const names = async (query: string): Promise<string[]> => (await gallery.call<Page>(person, 'GET', `/assets?${query}`)).body.data.map(({ filename }) => filename);
    expect(await names('sort=name')).toEqual(['a', 'b', 'd']);
    expect(await names('sort=-size&limit=2')).toEqual(['a', 'b']);
    expect(await names('sort=name&tag=T')).toEqual(['a', 'b']);
    expect(await names('sort=name&q=b')).toEqual(['b']);
    expect(await names(`sort=name&site_id=${too.siteId}`)).toEqual(['b']);
  });

  it('refuses what it does not know', async () => {
    for (const query of ['sort=sha256', 'min_size=-1', 'min_size=a', 'q=', 'tag=', 'from=yesterday', 'type=text/html', 'limit=101', 'unknown=1', 'status=purged']) {
      expect((await gallery.call(editor, 'GET', `/assets?${query}`)).status, query).toBe(400);
    }
  });
});
