import { hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { authConfig } from '../config.js';
import { PasswordHasher } from './password-hasher.js';

const least = { PASSWORD_HASH_MEMORY_KIB: 19_456, PASSWORD_HASH_PASSES: 2 };
const hasher = new PasswordHasher(least);

describe('PasswordHasher', () => {
  it('makes a PHC string with 19 MiB, two passes and one lane that verifies its password alone', async () => {
    const phc = await hasher.hash('correct horse battery staple');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(hasher.verify(phc, 'correct horse battery staple')).resolves.toBe(true);
    await expect(hasher.verify(phc, 'correct horse battery stapler')).resolves.toBe(false);
    expect(hasher.needsRehash(phc)).toBe(false);
  });

  it('by default makes one with 64 MiB and three passes, which hashes of less are replaced by', async () => {
    const { PASSWORD_HASH_MEMORY_KIB, PASSWORD_HASH_PASSES } = authConfig.shape;
    const byDefault = new PasswordHasher({
      PASSWORD_HASH_MEMORY_KIB: PASSWORD_HASH_MEMORY_KIB.parse(undefined),
      PASSWORD_HASH_PASSES: PASSWORD_HASH_PASSES.parse(undefined),
    });
    const phc = await byDefault.hash('x');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
    expect(byDefault.needsRehash(phc)).toBe(false);
    const weaker = await hasher.hash('x');
    expect(byDefault.needsRehash(weaker)).toBe(true);
    await expect(byDefault.verify(weaker, 'x')).resolves.toBe(true);
    await expect(byDefault.verify(weaker, 'y')).resolves.toBe(false);
  });

  it('takes different Unicode spellings of one password as the same', async () => {
    const phc = await hasher.hash('Zürich im Frühling');
    await expect(hasher.verify(phc, 'Zürich im Frühling'.normalize('NFD'))).resolves.toBe(true);
  });

  it('never accepts a password for an unknown account', async () => {
    await hasher.onApplicationBootstrap();
    await expect(hasher.verify(undefined, '')).resolves.toBe(false);
  });

  it('asks for a new hash when parameters have risen', async () => {
    expect(hasher.needsRehash(await hash('x', { memoryCost: 8_192, timeCost: 1, parallelism: 1 }))).toBe(true);
    const made = await hasher.hash('x');
    expect(new PasswordHasher({ ...least, PASSWORD_HASH_PASSES: 3 }).needsRehash(made)).toBe(true);
    expect(new PasswordHasher({ ...least, PASSWORD_HASH_MEMORY_KIB: 65_536 }).needsRehash(made)).toBe(true);
  });
});
