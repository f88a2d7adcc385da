import { newId } from '@atrium/platform/database';
import type { User } from '@atrium/contracts/users';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;
let stranger: Person;
let siteA: string;
let siteB: string;
let adminA: Person;
let editorA: Person;
let viewerB: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  [admin, stranger] = [await users.founder(), await users.founder()];
  [siteA, siteB] = [await users.site(admin), await users.site(admin)];
  adminA = await users.member(admin, 'site_admin', siteA);
  editorA = await users.member(admin, 'editor', siteA);
  viewerB = await users.member(admin, 'viewer', siteB);
});
afterAll(() => users?.stop());

const list = async (person: Person, query = '') => users.call(await users.tokenOf(person), 'GET', `/users${query}`);
const ids = (answer: { body: Record<string, unknown> }) => (answer.body['data'] as User[]).map(({ id }) => id);
const get = async (person: Person, id: string) => users.call(await users.tokenOf(person), 'GET', `/users/${id}`);
const put = async (person: Person, id: string, profile: unknown, version: string | undefined) =>
  users.call(await users.tokenOf(person), 'PUT', `/users/${id}`, {
    body: { profile },
    ...(version === undefined ? {} : { headers: { 'if-match': version } }),
  });

describe('the list of people', () => {
  it('shows the whole organization to its admin, newest first, with the page it is', async () => {
    const answer = await list(admin, '?page_size=3');
    expect(answer.status).toBe(200);
    expect(answer.body['pagination']).toEqual({ page: 1, page_size: 3, total_pages: 2, total_count: 4 });
    expect(ids(answer)).toEqual([viewerB, editorA, adminA].map(({ userId }) => userId));
    expect(ids(await list(admin, '?page=2&page_size=3'))).toEqual([admin.userId]);
    expect(ids(await list(admin, '?page=3&page_size=3'))).toEqual([]);
  });

  it("holds nobody of another organization, whatever is asked", async () => {
    const asked = ['', `?search=${encodeURIComponent(admin.email)}`, `?site_id=${siteA}`, '?role=site_admin'];
    for (const query of asked) {
      const answer = await list(stranger, query);
      expect(ids(answer).filter((id) => id !== stranger.userId)).toEqual([]);
    }
    expect(ids(await list(stranger, `?site_id=${siteA}`))).toEqual([]);
  });

  it('holds only people of their own sites for people whose users.read is of sites', async () => {
    const answer = await list(adminA);
    expect(ids(answer).toSorted()).toEqual([adminA.userId, editorA.userId].toSorted());
    expect(answer.body['pagination']).toMatchObject({ total_count: 2 });
    expect(ids(await list(adminA, `?site_id=${siteB}`))).toEqual([]);
    expect(ids(await list(adminA, '?role=viewer'))).toEqual([]);
  });

  it('does not tell them roles at other sites', async () => {
    const both = await users.member(admin, 'viewer', siteA);
    await users.call(await users.tokenOf(admin), 'POST', `/users/${both.userId}/roles`, { body: { role_id: 2, site_id: siteB } });
    expect(((await get(adminA, both.userId)).body['roles'] as User['roles']).map(({ site_id }) => site_id)).toEqual([siteA]);
    expect(ids(await list(adminA, '?role=editor'))).toEqual([editorA.userId]);
    expect((await get(both, both.userId)).body['roles']).toHaveLength(2);
  });

  it('finds by role, site, status and any part of e-mail or name', async () => {
    const admirer = await users.founder();
    const [first, second] = [await users.member(admirer, 'editor'), await users.member(admirer, 'viewer')];
    await put(second, second.userId, { first_name: 'Żółć 100%', last_name: "O'Brien_x" }, '"2"');
    expect(ids(await list(admirer, '?role=editor'))).toEqual([first.userId]);
    expect(ids(await list(admirer, '?role=nobody'))).toEqual([]);
    expect(ids(await list(admirer, `?search=${first.email.slice(2, 30).toUpperCase()}`))).toEqual([first.userId]);
    for (const part of ['żół', '100%', "O'brien", 'n_x', '%25 o']) {
      const query = part === '%25 o' ? '%25%20o' : encodeURIComponent(part);
      expect(ids(await list(admirer, `?search=${query}`)), part).toEqual([second.userId]);
    }
    expect(ids(await list(admirer, '?search=%25%25'))).toEqual([]);
    expect(ids(await list(admirer, `?search=${encodeURIComponent('\\')}`))).toEqual([]);
    expect(ids(await list(admirer, '?status=disabled'))).toEqual([]);
    await users.store.superuser.query(`update users.members set status = 'disabled' where user_id = $1`, [first.userId]);
    const disabled = await list(admirer, '?status=disabled');
    expect(ids(disabled)).toEqual([first.userId]);
    expect(disabled.body['pagination']).toMatchObject({ total_count: 1 });
    expect((await list(admirer, '?status=active')).body['pagination']).toMatchObject({ total_count: 2 });
  });

  it('finds among more matches than are taken by their ids', async () => {
    const crowd = await users.founder();
    await users.store.superuser.query(
      `insert into users.members (org_id, user_id, email) select $1, gen_random_uuid(), 'crowd' || n || '@example.com' from generate_series(1, 1500) n`,
      [crowd.orgId],
    );
    const answer = await list(crowd, '?search=CROWD&sort=email&page_size=2');
    expect((answer.body['data'] as User[]).map(({ email }) => email)).toEqual(['crowd1000@example.com', 'crowd1001@example.com']);
    expect(answer.body['pagination']).toMatchObject({ total_count: 1500, total_pages: 750 });
    expect((await list(crowd)).body['pagination']).toMatchObject({ total_count: 1501 });
    expect((await list(crowd, '?search=crowd149')).body['pagination']).toMatchObject({ total_count: 11 });
  });

  it.each(['created_at', 'email', 'last_login'])('sorts by %s both ways, each person once over the pages', async (field) => {
    const walk = async (sort: string): Promise<string[]> => {
      const pages = [1, 2, 3, 4, 5, 6].map((page) => list(admin, `?sort=${sort}&page_size=1&page=${page}`));
      return (await Promise.all(pages)).flatMap(ids);
    };
    await users.events.loggedIn({ user_id: editorA.userId, logged_in_at: '2026-11-20T10:00:00.000Z' });
    const up = await walk(field);
    expect(new Set(up).size).toBe(up.length);
    expect((await walk(`-${field}`)).toReversed()).toEqual(up);
    if (field === 'last_login') expect(up.at(-1)).toBe(editorA.userId);
  });

  it.each(['created_at', 'email', 'last_login'])('is walked by its cursor in the order of %s, both ways, as by its pages', async (field) => {
    const crowd = await users.founder();
    await users.store.superuser.query(
      `insert into users.members (org_id, user_id, email, created_at, last_login)
       select $1, uuidv7(), 'w' || n % 4 || '-' || n || '@example.com', timestamptz '2026-01-01' + make_interval(secs => n / 3 * 0.000001),
         case when n % 3 > 0 then timestamptz '2026-02-01' + make_interval(secs => n % 4 * 0.000001) end from generate_series(1, 23) n`,
      [crowd.orgId],
    );
    for (const sort of [field, `-${field}`]) {
      const expected = ids(await list(crowd, `?sort=${sort}&page_size=100`));
      const walked: string[] = [];
      let cursor = '';
      do {
        const page = await list(crowd, `?sort=${sort}&limit=4${cursor && `&cursor=${cursor}`}`);
        expect(page).toMatchObject({ status: 200, body: { next_cursor: expect.toSatisfy((next) => next === null || typeof next === 'string') } });
        walked.push(...ids(page));
        cursor = String(page.body['next_cursor'] ?? '');
      } while (cursor !== '');
      expect(walked, sort).toEqual(expected);
    }
  });

  it('has a cursor for its own organization, filters and order alone, and none beside pages', async () => {
    const first = await list(admin, '?limit=1');
    expect(Object.keys(first.body).toSorted()).toEqual(['data', 'next_cursor']);
    const cursor = String(first.body['next_cursor']);
    expect((await list(admin, `?limit=100&cursor=${cursor}`)).body['next_cursor']).toBeNull();
    expect((await list(admin, `?cursor=${cursor}`)).status).toBe(200);
    expect((await list(stranger, `?cursor=${cursor}`)).status).toBe(400);
    for (const more of ['sort=email', 'role=editor', `site_id=${siteA}`, 'status=active', 'search=e', 'page=1', 'page_size=2', 'limit=0', 'limit=101']) {
      expect((await list(admin, `?cursor=${cursor}&${more}`)).status, more).toBe(400);
    }
    expect((await list(admin, '?limit=5&page_size=5')).status).toBe(400);
    expect((await list(admin, '?cursor=x')).status).toBe(400);
  });

  it('shows by a cursor, even a forged one, nobody who is out of sight', async () => {
    const page = await list(adminA, '?limit=1&sort=created_at');
    const { list: name } = JSON.parse(Buffer.from(String(page.body['next_cursor']), 'base64url').toString()) as { list: string };
    const start = { list: name, key: '2000-01-01T00:00:00.000000Z', id: admin.userId };
    const forged = await list(adminA, `?sort=created_at&cursor=${Buffer.from(JSON.stringify(start)).toString('base64url')}`);
    expect(forged.status).toBe(200);
    expect(ids(forged)).toEqual(ids(await list(adminA, '?sort=created_at')));
  });

  it.each(['page_size=1000000000', 'page_size=0', 'page=0', 'page=-1', 'page=1e9', 'sort=password_hash', 'sort=email;drop', 'status=root', 'site_id=1', 'org_id=x'])(
    'refuses ?%s',
    async (query) => expect((await list(admin, `?${query}`)).status).toBe(400),
  );

  it('is for people with users.read alone', async () => {
    expect((await list(viewerB)).status).toBe(403);
  });
});

describe('one person', () => {
  it('is seen by themselves, and by whoever may read them', async () => {
    expect(await get(viewerB, viewerB.userId)).toMatchObject({ status: 200, body: { id: viewerB.userId, email: viewerB.email } });
    expect((await get(admin, viewerB.userId)).status).toBe(200);
    expect((await get(adminA, editorA.userId)).status).toBe(200);
  });

  it('is a 404 for everybody else, as somebody who does not exist', async () => {
    const attempts = [get(viewerB, admin.userId), get(adminA, viewerB.userId), get(adminA, admin.userId), get(stranger, admin.userId), get(admin, newId())];
    const answers = await Promise.all(attempts);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(new Set(answers.map(({ body }) => JSON.stringify({ ...(body['error'] as object), request_id: '' }))).size).toBe(1);
  });

  it('keeps the fields that are not given, and clears those given as null', async () => {
    const someone = await users.member(admin, 'member');
    const first = await get(someone, someone.userId);
    const set = await put(someone, someone.userId, { first_name: 'Ada', last_name: 'Lovelace', avatar_url: 'https://example.com/a.png' }, first.etag);
    expect(set.status).toBe(200);
    const changed = await put(someone, someone.userId, { last_name: null }, set.etag);
    expect(changed.body['profile']).toEqual({ first_name: 'Ada', last_name: null, avatar_url: 'https://example.com/a.png' });
  });

  it('is not overwritten by a stale edit, nor by one that names no version', async () => {
    const someone = await users.member(admin, 'member');
    const { etag } = await get(someone, someone.userId);
    const edits = await Promise.all([1, 2, 3, 4].map((n) => put(someone, someone.userId, { first_name: `N${n}` }, etag)));
    expect(edits.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
    expect((await put(someone, someone.userId, { first_name: 'X' }, undefined)).status).toBe(428);
    expect((await put(someone, someone.userId, { first_name: 'X' }, 'W/"1"')).status).toBe(400);
  });

  it('signing in makes nobody’s edit stale', async () => {
    const someone = await users.member(admin, 'member');
    const { etag } = await get(someone, someone.userId);
    await users.events.loggedIn({ user_id: someone.userId, logged_in_at: '2026-11-20T10:00:00.000Z' });
    expect((await put(someone, someone.userId, { first_name: 'A' }, etag)).status).toBe(200);
  });

  it('is changed by a site_admin of their site, but not when they rank above', async () => {
    const { etag } = await get(adminA, editorA.userId);
    expect((await put(adminA, editorA.userId, { first_name: 'Ed' }, etag)).status).toBe(200);
    await users.call(await users.tokenOf(admin), 'POST', `/users/${admin.userId}/roles`, { body: { role_id: 3, site_id: siteA } });
    expect((await get(adminA, admin.userId)).status).toBe(200);
    expect((await put(adminA, admin.userId, { first_name: 'Boss' }, '"3"')).status).toBe(403);
    expect((await put(editorA, adminA.userId, { first_name: 'X' }, '"2"')).status).toBe(403);
    expect((await put(adminA, viewerB.userId, { first_name: 'X' }, '"2"')).status).toBe(404);
    expect((await put(stranger, viewerB.userId, { first_name: 'X' }, '"2"')).status).toBe(404);
  });

  it('takes no field that is not theirs to give', async () => {
    const token = await users.tokenOf(viewerB);
    for (const body of [
      { profile: { first_name: 'A' }, email_verified: true },
      { profile: { first_name: 'A', role: 'admin' } },
      { profile: {}, org_id: stranger.orgId },
      { profile: { avatar_url: 'javascript:alert(1)' } },
    ]) {
      const answer = await users.call(token, 'PUT', `/users/${viewerB.userId}`, { body, headers: { 'if-match': '"2"' } });
      expect(answer.status).toBe(400);
    }
  });
});
