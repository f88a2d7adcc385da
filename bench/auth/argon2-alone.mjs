// The baseline: Argon2id and nothing else, as many at once as there are cores.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { password } from './password.mjs';

const require = createRequire(new URL('../../apps/auth/package.json', import.meta.url));
const { hash, verify } = require('@node-rs/argon2');

/** OWASP's parameters, as auth has them. */
const made = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });

process.on('message', async ({ seconds }) => {
  const until = performance.now() + seconds * 1000;
  const begun = performance.now();
  let count = 0;
  const work = async () => {
    while (performance.now() < until) {
      if (!(await verify(made, password))) throw new Error('The password is not right');
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  process.send({ perSecond: (count * 1000) / (performance.now() - begun) });
});
process.send({ ready: true });
process.once('disconnect', () => process.exit(0));
