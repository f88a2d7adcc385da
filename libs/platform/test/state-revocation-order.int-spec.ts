import { randomUUID } from 'node:crypto';
import type { Principal } from '@atrium/contract-kit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectState, sessionSubject, type SharedState } from '@atrium/platform/state';
import { stores, type RunningStore } from './state-stores.js';

const principalOf = (sessionId: string): Principal => ({
  userId: randomUUID(), sessionId, orgId: null, roles: [], permissions: [], siteIds: [], sitePermissions: {}, membershipVersion: 1, expiresAt: 0,
});

describe('RevocationList on PostgreSQL', () => {
  let store: RunningStore;
  let reader: SharedState;
  let writer: pg.Pool;

  beforeAll(async () => {
    const [postgres] = stores;
    if (!postgres?.start) throw new Error('PostgreSQL comes with the tests');
    store = await postgres.start();
    reader = await connectState(store.url);
    writer = new pg.Pool({ connectionString: store.url, max: 1 });
    // The server's goodbye may outrun the pool's.
    writer.on('error', () => undefined);
  });
  afterAll(async () => {
    await reader.close();
    await writer.end();
    await store.stop();
  });

  it('sees an entry that commits after a later one was read', async () => {
    const [slow, fast] = [randomUUID(), randomUUID()];
    const until = Math.floor(Date.now() / 1000) + 900;
    const transaction = await writer.connect();
    await transaction.query('begin');
    await transaction.query(`insert into state.revocations (subject, expires_at) values ($1, now() + interval '15 minutes')`, [sessionSubject(slow)]);
    await reader.revocations.revokeSession(fast, until);
    await reader.revocations.poll();
    await reader.revocations.poll();
    expect(reader.revocations.isRevoked(principalOf(slow))).toBe(false);
    await transaction.query('commit');
    transaction.release();
    await reader.revocations.poll();
    expect(reader.revocations.isRevoked(principalOf(slow))).toBe(true);
  });
});
