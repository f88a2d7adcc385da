import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { ClickHouse } from './clickhouse.js';
import { clickHouseOwnerSecret, clickHouseSecret } from './clickhouse-secret.js';
import { quotedText } from './provision-clickhouse.js';

/** Reads and replaces the present value of a secret. */
export interface SecretStore {
  read(secretId: string): Promise<unknown>;
  write(secretId: string, document: object): Promise<void>;
}

export interface RotatedSecrets {
  /** `{url, database, writer, reader}`. */
  readonly serving: string;
  /** `{url, database, username, password}` of the migrator. */
  readonly owner: string;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const newPassword = (): string => Array.from({ length: 48 }, () => letters[randomInt(letters.length)]).join('');

/**
 * Gives migrator, writer and reader new passwords. Each user has the present and the next one before the secret changes:
 * whoever signs in with what it read a minute ago is not cut off, and a death between two steps leaves what works. The one
 * before last goes. Users who don't exist fail it: provisioning makes them.
 */
export async function rotatePasswords(administrator: Pick<ClickHouse, 'run'>, store: SecretStore, ids: RotatedSecrets): Promise<void> {
  const owner = clickHouseOwnerSecret.parse(await store.read(ids.owner));
  const nextOwner = { ...owner, password: newPassword() };
  await administrator.run({ query: twoPasswords(owner.username, owner.password, nextOwner.password) });
  await store.write(ids.owner, nextOwner);

  const serving = clickHouseSecret.parse(await store.read(ids.serving));
  const next = { ...serving, writer: { ...serving.writer, password: newPassword() }, reader: { ...serving.reader, password: newPassword() } };
  for (const user of ['writer', 'reader'] as const) {
    await administrator.run({ query: twoPasswords(serving[user].username, serving[user].password, next[user].password) });
  }
  await store.write(ids.serving, next);
}

/** A name comes from a secret, and is not a text of SQL. */
const name = z.string().regex(/^[a-z_]+$/);

/** Sets both, and takes away every other. */
export const twoPasswords = (username: string, present: string, next: string): string =>
  `ALTER USER ${name.parse(username)} IDENTIFIED WITH sha256_password BY ${quotedText(present)}, sha256_password BY ${quotedText(next)}`;
