import { createRequire } from 'node:module';

const { hash } = createRequire(new URL('../../apps/auth/package.json', import.meta.url))('@node-rs/argon2');

export const password = 'correct horse battery staple 42';

/** Memory in KiB, passes and lanes of Argon2id: OWASP's, as auth makes its hashes, or what `BENCH_ARGON2` says. */
const [memoryCost, timeCost, parallelism] = (process.env.BENCH_ARGON2 ?? '19456,2,1').split(',').map(Number);

/** A stronger hash than auth makes is verified as it is, and stays. */
export const madeHash = () => hash(password, { memoryCost, timeCost, parallelism });
