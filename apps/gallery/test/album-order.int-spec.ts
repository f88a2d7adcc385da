import type { MemberPrincipal } from '@atrium/contract-kit';
import { systemRoles } from '@atrium/contracts/users';
import { Database, newId } from '@atrium/platform/database';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlbumOrder, type Move } from '../src/albums/album-order.js';
import { longestPosition } from '../src/albums/item-positions.js';
import { addReadyAssets, newAlbum, setStatus, shownIn } from './album-fixtures.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';

let gallery: Gallery;
let siteId: string;
const editor: Member = { userId: newId(), orgId: newId(), role: 'editor' };
const principal: MemberPrincipal = {
  userId: editor.userId, orgId: editor.orgId, sessionId: newId(), roles: ['editor'], permissions: systemRoles.editor.permissions,
  siteIds: [], sitePermissions: {}, membershipVersion: 1, expiresAt: 0,
};

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  siteId = await gallery.addSite(editor.orgId);
});
afterAll(() => gallery?.stop());

/** What the order must be after a move: a list from which files are taken and put back at the place that is named. */
function moved(list: readonly string[], { asset_ids: moving, after, before }: Move): string[] {
  const rest = list.filter((id) => !moving.includes(id));
  const at = after === undefined ? (before ? rest.indexOf(before) : rest.length) : after ? rest.indexOf(after) + 1 : 0;
  return [...rest.slice(0, at), ...moving, ...rest.slice(at)];
}

/** Moves of some files of a list, by their numbers; some of the anchors are the beginning and the end. */
const moveOf = (ids: readonly string[]): fc.Arbitrary<Move> =>
  fc
    .record({
      moving: fc.uniqueArray(fc.nat(ids.length - 1), { minLength: 1, maxLength: 4 }),
      anchor: fc.option(fc.nat(ids.length - 1), { nil: null }),
      side: fc.constantFrom('after', 'before'),
    })
    .filter(({ moving, anchor }) => anchor === null || !moving.includes(anchor))
    .map(({ moving, anchor, side }) => ({ asset_ids: moving.map((index) => ids[index] ?? ''), [side]: anchor === null ? null : (ids[anchor] ?? '') }));

const positionsOf = async (albumId: string): Promise<string[]> =>
  (await gallery.engines.database.superuser.query<{ position: string }>('select position from gallery.album_items where album_id = $1', [albumId])).rows.map(({ position }) => position);

let ids: string[];
let albumId: string;
beforeEach(async () => {
  ids = await addReadyAssets(gallery, editor, siteId, 12);
  albumId = await newAlbum(gallery, editor, siteId, ids);
});
const order = (move: object) => gallery.call(editor, 'PUT', `/albums/${albumId}/order`, move);

describe("an album's order", () => {
  it('is that of a list in which the same is moved', async () => {
    let model = [...ids];
    await fc.assert(
      fc.asyncProperty(moveOf(ids), async (move) => {
        expect((await order(move)).status).toBe(204);
        model = moved(model, move);
        expect(await shownIn(gallery, editor, albumId)).toEqual(model);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('is that of the moves one after another, when several people move at once', async () => {
    const [database, albumOrder] = [gallery.api.get(Database), gallery.api.get(AlbumOrder)];
    let model = [...ids];
    await fc.assert(
      fc.asyncProperty(fc.array(moveOf(ids), { minLength: 4, maxLength: 8 }), async (moves) => {
        const done: Move[] = [];
        // Noted before the album is let go, and so in the order in which they came about.
        await Promise.all(moves.map((move) => database.inTenant(editor.orgId, async () => void done.push(await albumOrder.move(principal, albumId, move).then(() => move)))));
        model = done.reduce(moved, model);
        expect(done).toHaveLength(moves.length);
        expect(await shownIn(gallery, editor, albumId)).toEqual(model);
        const positions = await positionsOf(albumId);
        expect(new Set(positions).size).toBe(ids.length);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('keeps positions short, however often files are moved to one place', async () => {
    const albumOrder = gallery.api.get(AlbumOrder);
    let model = [...ids];
    const [anchor = '', ...others] = ids;
    for (let turn = 0; turn < 600; turn += 1) {
      const move: Move = { asset_ids: [others[turn % 2] ?? ''], after: anchor };
      await albumOrder.move(principal, albumId, move);
      model = moved(model, move);
    }
    expect(await shownIn(gallery, editor, albumId)).toEqual(model);
    expect(Math.max(...(await positionsOf(albumId)).map(({ length }) => length))).toBeLessThanOrEqual(longestPosition);
  });

  it('changes the positions of the files that move, and of no others', async () => {
    const rows = async () => new Map((await gallery.engines.database.superuser.query<{ asset_id: string; position: string }>('select * from gallery.album_items where album_id = $1', [albumId])).rows.map(({ asset_id, position }) => [asset_id, position]));
    const before = await rows();
    const [first = '', second = '', third = ''] = ids;
    await order({ asset_ids: [third, first], before: second });
    const after = await rows();
    expect(ids.filter((id) => before.get(id) !== after.get(id) && id !== first && id !== third)).toEqual([]);
    expect(await shownIn(gallery, editor, albumId)).toEqual([third, ...ids.filter((id) => id !== third)]);
  });

  it('counts files in the trash, which come back to where they were', async () => {
    const [first = '', second = '', third = '', ...rest] = ids;
    await setStatus(gallery, editor, second, 'trashed');
    expect((await order({ asset_ids: [third], after: first })).status).toBe(204);
    expect(await shownIn(gallery, editor, albumId)).toEqual([first, third, ...rest]);
    await setStatus(gallery, editor, second, 'ready');
    expect(await shownIn(gallery, editor, albumId)).toEqual([first, third, second, ...rest]);
  });

  it('stays when a file is named that is not in the album, or the place is not clear', async () => {
    const [first = '', second = '', third = ''] = ids;
    for (const move of [{ asset_ids: [second, newId()], after: null }, { asset_ids: [second], after: newId() }]) expect((await order(move)).status).toBe(409);
    for (const place of [{}, { after: first, before: third }, { after: null, before: null }, { after: second }]) expect((await order({ asset_ids: [second], ...place })).status).toBe(400);
    expect(await shownIn(gallery, editor, albumId)).toEqual(ids);
  });
});
