import { connectState, type SharedState } from '@atrium/platform/state';
import { until } from '@atrium/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningStore, stores } from './state-stores.js';

const redis = stores.find(({ name }) => name === 'Redis')?.start;
const grants = ['~*', '&*', '+@all'];

describe.skipIf(!redis)('a password of the shared state that is rotated', () => {
  let store: RunningStore;
  let administrator: Redis;
  let state: SharedState;
  let current: string;
  const urlWith = (password: string) => store.url.replace('redis://', `redis://atrium:${password}@`);
  const works = () => state.ping().then(() => true, () => false);

  beforeEach(async () => {
    if (!redis) return;
    store = await redis();
    administrator = new Redis(store.url);
    await administrator.call('ACL', 'SETUSER', 'atrium', 'reset', 'on', '>first', ...grants);
    current = urlWith('first');
    state = await connectState(current, { currentUrl: async () => current });
  });
  afterEach(async () => {
    await state.close();
    await administrator.call('ACL', 'DELUSER', 'atrium');
    administrator.disconnect();
    await store.stop();
  });

  it('cuts nobody off while both are valid, and lets a lost connection come back with the new one alone', async () => {
    await administrator.call('ACL', 'SETUSER', 'atrium', '>second');
    current = urlWith('second');
    expect(await works()).toBe(true);
    await administrator.call('ACL', 'SETUSER', 'atrium', '<first');
    await administrator.call('CLIENT', 'KILL', 'USER', 'atrium');
    await until('it works again', works);
  });

  it('is asked for again where the connection came before the secret', async () => {
    await administrator.call('ACL', 'SETUSER', 'atrium', '>second', '<first');
    await administrator.call('CLIENT', 'KILL', 'USER', 'atrium');
    await until('it is refused', async () => !(await works()));
    current = urlWith('second');
    await until('it works again', works);
  });
});
