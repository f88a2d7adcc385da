import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { until, zipEntries } from '@atrium/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Person, UsersApp } from './users-app.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const paths = { auth: authEndpoints.exportAccount.path, files: galleryEndpoints.exportFiles.path, events: eventsEndpoints.exportOwnEvents.path };
const answer = (text: string): Handler => (_, response) => response.writeHead(200).end(text);

/** Auth, gallery and events, as far as this is about: what each says is the test's. */
const handlers = new Map<string, Handler>();
const seen: IncomingMessage[] = [];
const others = createServer((request, response) => {
  seen.push(request);
  handlers.get(request.url ?? '')?.(request, response);
});

let users: UsersApp;
let base: string;
let person: Person;
let token: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => others.listen(0, '127.0.0.1', resolve));
  users = await UsersApp.start(`http://127.0.0.1:${(others.address() as AddressInfo).port}`);
  base = await users.listen();
  person = await users.founder();
  token = users.tokenWithoutOrganization(person.userId);
});
afterAll(async () => {
  await users?.stop();
  others.closeAllConnections();
  others.close();
});
beforeEach(() => {
  seen.length = 0;
  handlers.set(paths.auth, answer('{"account":1}'));
  handlers.set(paths.files, answer('{"id":1}\n{"id":2}\n'));
  handlers.set(paths.events, answer(''));
});

const ask = (signal?: AbortSignal): Promise<Response> =>
  fetch(`${base}/api/v1/users/me/export`, { headers: { authorization: `Bearer ${token}` }, ...(signal ? { signal } : {}) });

describe('the export of what is held of a person', () => {
  it('is one archive with what each service gives, asked for by the caller’s own token', async () => {
    const response = await ask();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="atrium-export.zip"');
    const entries = zipEntries(Buffer.from(await response.arrayBuffer()));
    expect([...entries.keys()]).toEqual(['manifest.json', 'users.json', 'auth.json', 'files.ndjson', 'events.ndjson']);
    expect(JSON.parse(entries.get('manifest.json') ?? '')).toMatchObject({
      user_id: person.userId,
      files: ['users.json', 'auth.json', 'files.ndjson', 'events.ndjson'].map((file) => ({ file })),
    });
    expect(JSON.parse(entries.get('users.json') ?? '')).toMatchObject({ account: { email: person.email }, memberships: [{ org_id: person.orgId }] });
    expect([entries.get('auth.json'), entries.get('files.ndjson'), entries.get('events.ndjson')]).toEqual(['{"account":1}', '{"id":1}\n{"id":2}\n', '']);
    expect(seen.map(({ url, headers }) => [url, headers.authorization]).toSorted()).toEqual(
      Object.values(paths).map((path) => [path, `Bearer ${token}`]).toSorted(),
    );
  });

  it.each(Object.entries(paths))('is refused as a whole while %s fails or is not there', async (_, path) => {
    for (const status of [401, 404, 429, 500, 503]) {
      handlers.set(path, (__, response) => response.writeHead(status).end('{}'));
      const response = await ask();
      expect(response.status).toBe(503);
      expect(response.headers.get('content-disposition')).toBeNull();
      expect(await response.json()).toMatchObject({ error: { code: 'UPSTREAM_UNAVAILABLE' } });
    }
    handlers.set(path, (request) => request.socket.destroy());
    expect((await ask()).status).toBe(503);
  });

  it.each(Object.entries(paths))('breaks off, and is no archive, when %s ends in the middle', async (_, path) => {
    handlers.set(path, (__, response) => {
      response.writeHead(200).write('{"half":');
      setTimeout(() => response.destroy(), 50);
    });
    const response = await ask();
    const received: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of response.body ?? []) received.push(piece);
    })();
    await expect(reading).rejects.toThrow();
    expect(() => zipEntries(Buffer.concat(received))).toThrow();
  });

  it('asks a service for no more than the caller takes, and lets go of it when the caller leaves', async () => {
    const piece = randomBytes(1024 * 1024);
    let sent = 0;
    let left = false;
    handlers.set(paths.events, (_, response) => {
      const fill = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
        if (!response.destroyed) response.once('drain', fill);
        sent += piece.length;
      };
      response.once('close', () => (left = true));
      fill();
    });
    const leaving = new AbortController();
    const response = await ask(leaving.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    const settled = await until('nothing more to be asked for', async () => {
      const before = sent;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return sent > 0 && sent === before ? sent : undefined;
    });
    expect(settled).toBeLessThan(32 * 1024 * 1024);
    leaving.abort();
    await until('the service to be let go', async () => left);
  });

  it('is only for whoever is signed in', async () => {
    expect((await fetch(`${base}/api/v1/users/me/export`)).status).toBe(401);
    expect(seen).toEqual([]);
  });
});
