import { newId } from '@atrium/platform/database';
import { PasswordHashing } from '@atrium/platform/passwords';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { addReadyAssets } from './album-fixtures.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';
import { newShare } from './share-fixtures.js';

let gallery: Gallery;
let editor: Member;
let assetId: string;
let token: string;
let shareId: string;
const password = 'open sesame';

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  editor = { userId: newId(), orgId: newId(), role: 'editor' };
  [assetId = ''] = await addReadyAssets(gallery, editor, await gallery.addSite(editor.orgId), 1);
});
afterAll(() => gallery?.stop());
afterEach(() => void vi.restoreAllMocks());
beforeEach(async () => {
  ({ token, id: shareId } = await newShare(gallery, editor, { asset_id: assetId, password }));
});

const tried = async (attempt: { password?: string; address?: string } = {}): Promise<string> => {
  const { status, body } = await gallery.openShare(token, attempt);
  return status === 200 ? '200' : `${status} ${body.error?.code}`;
};
const needed = '401 SHARE_PASSWORD_REQUIRED';
const paused = '429 RATE_LIMITED';

describe('a share with a password', () => {
  it('opens with it alone, and says that it needs one', async () => {
    expect(await tried()).toBe(needed);
    expect(await tried({ password: '' })).toBe(needed);
    expect(await tried({ password: 'Open sesame' })).toBe(needed);
    expect(await tried({ password })).toBe('200');
  });

  it('says nothing of its file before', async () => {
    const answer = JSON.stringify((await gallery.openShare(token, { password: 'wrong one' })).body);
    for (const secret of [assetId, shareId, editor.orgId]) expect(answer).not.toContain(secret);
  });

  it('pauses after five wrong ones of an address, for that address, also for the right one', async () => {
    const answers = [];
    for (let guess = 0; guess < 6; guess += 1) answers.push(await tried({ password: `guess ${guess}` }));
    expect(answers).toEqual([...Array<string>(5).fill(needed), paused]);
    const { headers } = await gallery.openShare(token, { password });
    expect(Number(headers['retry-after'])).toBeGreaterThan(50);
    expect(await tried()).toBe(needed);
    expect(await tried({ password, address: '192.0.2.2' })).toBe('200');
  });

  it('pauses after twenty wrong ones from everywhere, and no more get through at once than one by one', async () => {
    const guesses = Array.from({ length: 40 }, (_, index) => tried({ password: `guess ${index}`, address: `198.51.100.${index}` }));
    const answers = await Promise.all(guesses);
    expect(answers.filter((answer) => answer === needed)).toHaveLength(20);
    expect(answers.filter((answer) => answer === paused)).toHaveLength(20);
  });

  it('begins its count anew for an address that has the right one', async () => {
    const wrong = async () => {
      for (let guess = 0; guess < 4; guess += 1) expect(await tried({ password: `guess ${guess}` })).toBe(needed);
    };
    await wrong();
    expect(await tried({ password })).toBe('200');
    await wrong();
  });

  it('is hashed once a minute for whoever sends the right one with each request, and again for a wrong one', async () => {
    const verify = vi.spyOn(PasswordHashing.prototype, 'verify');
    for (let look = 0; look < 5; look += 1) expect(await tried({ password })).toBe('200');
    expect(verify).toHaveBeenCalledTimes(1);
    expect(await tried({ password: `${password}!` })).toBe(needed);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it('forgets the right one with the share, whose end counts at once', async () => {
    expect(await tried({ password })).toBe('200');
    await gallery.call(editor, 'DELETE', `/shares/${shareId}`);
    expect(await tried({ password })).toBe('404 NOT_FOUND');
  });

  it('opens as before for whoever was let in within the minute, while others guess', async () => {
    expect(await tried({ password, address: '192.0.2.3' })).toBe('200');
    await Promise.all(Array.from({ length: 25 }, (_, index) => tried({ password: `guess ${index}`, address: `203.0.113.${index}` })));
    expect(await tried({ password, address: '192.0.2.4' })).toBe('200');
  });
});
