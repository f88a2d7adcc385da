import { expect, it } from 'vitest';
import { KeyedMutex } from './keyed-mutex.js';

it('runs tasks of one key in order, also after one that failed', async () => {
  const mutex = new KeyedMutex();
  const seen: string[] = [];
  const task = (name: string) => async () => {
    seen.push(`${name} starts`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (name === 'first') throw new Error('failed');
  };
  await Promise.allSettled([mutex.run('key', task('first')), mutex.run('key', task('second'))]);
  expect(seen).toEqual(['first starts', 'first ends', 'second starts', 'second ends']);
});
