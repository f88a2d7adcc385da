import { describe, expect, it } from 'vitest';
import { rotatePasswords, twoPasswords } from './rotate-passwords.js';

const server = { url: 'https://clickhouse.example', database: 'atrium' };
const ids = { serving: 'serving', owner: 'owner' };

/** The server's users with their passwords, and the secrets; `dieAt` ends the process before that many steps. */
function world(dieAt = Infinity) {
  const users = new Map([['migrator', ['m0']], ['writer', ['w0']], ['reader', ['r0']]]);
  const secrets = new Map<string, object>([
    ['owner', { ...server, username: 'migrator', password: 'm0' }],
    ['serving', { ...server, writer: { username: 'writer', password: 'w0' }, reader: { username: 'reader', password: 'r0' } }],
  ]);
  let steps = 0;
  let dies = dieAt;
  const step = () => {
    if (++steps > dies) throw new Error('died');
  };
  const administrator = {
    run: async ({ query }: { query: string }) => {
      step();
      const [, user = '', present = '', next = ''] = /^ALTER USER (\w+) IDENTIFIED WITH sha256_password BY '(\w+)', sha256_password BY '(\w+)'$/.exec(query) ?? [];
      if (!users.has(user)) throw new Error('UNKNOWN_USER');
      users.set(user, [present, next]);
      return '';
    },
  };
  const store = {
    read: async (id: string) => secrets.get(id),
    write: async (id: string, document: object) => {
      step();
      secrets.set(id, document);
    },
  };
  const passwordsInUse = () => [...JSON.stringify([...secrets.values()]).matchAll(/"password":"(\w+)"/g)].map(([, password = '']) => password);
  return {
    rotate: () => rotatePasswords(administrator, store, ids),
    live: () => { dies = Infinity; },
    /** Whether everybody who reads a secret now can sign in. */
    isOpen: () => passwordsInUse().every((password) => [...users.values()].flat().includes(password)),
    users,
    passwordsInUse,
  };
}

describe("rotation of ClickHouse's passwords", () => {
  it('gives every user a new one, and leaves the one before valid', async () => {
    const at = world();
    await at.rotate();
    expect(at.passwordsInUse()).toHaveLength(3);
    for (const password of at.passwordsInUse()) expect(password).toMatch(/^[A-Za-z0-9]{48}$/);
    expect([...at.users.values()].map(([present]) => present)).toEqual(['m0', 'w0', 'r0']);
    expect(at.isOpen()).toBe(true);
  });

  it.each([0, 1, 2, 3, 4, 5])('cuts nobody off where it dies before step %i, and goes on from there', async (dieAt) => {
    const at = world(dieAt);
    await at.rotate().catch(() => undefined);
    expect(at.isOpen()).toBe(true);
    at.live();
    await at.rotate();
    expect(at.isOpen()).toBe(true);
    for (const first of ['m0', 'w0', 'r0']) expect(at.passwordsInUse()).not.toContain(first);
  });

  it('writes no name into a statement that is not one', () => expect(() => twoPasswords("x' --", 'a', 'b')).toThrow(/pattern|regex|Invalid/));
});
