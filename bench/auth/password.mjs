import { createRequire } from 'node:module';
import { authConfig } from '../../apps/auth/dist/config.js';

const { hash } = createRequire(new URL('../../apps/auth/package.json', import.meta.url))('@node-rs/argon2');

export const password = 'correct horse battery staple 42';

const { PASSWORD_HASH_MEMORY_KIB, PASSWORD_HASH_PASSES } = authConfig.shape;
const byDefault = [PASSWORD_HASH_MEMORY_KIB.parse(undefined), PASSWORD_HASH_PASSES.parse(undefined)];
/** KiB and passes of Argon2id: as auth makes its hashes by default, or what `BENCH_ARGON2` says. */
const [memoryCost, timeCost] = process.env.BENCH_ARGON2?.split(',').map(Number) ?? byDefault;

export const madeHash = () => hash(password, { memoryCost, timeCost, parallelism: 1 });

/** That auth makes its hashes alike. */
export const hashEnvironment = { PASSWORD_HASH_MEMORY_KIB: String(memoryCost), PASSWORD_HASH_PASSES: String(timeCost) };
