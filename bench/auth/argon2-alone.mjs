// The baseline: Argon2id and nothing else, as many at once as there are cores.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { madeHash, password } from './password.mjs';

const require = createRequire(new URL('../../apps/auth/package.json', import.meta.url));
const { verify } = require('@node-rs/argon2');

const made = await madeHash();

process.on('message', async ({ seconds }) => {
  const until = performance.now() + seconds * 1000;
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  let count = 0;
  const work = async () => {
    while (performance.now() < until) {
      if (!(await verify(made, password))) throw new Error('The password is not right');
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const { user, system } = process.cpuUsage(cpuBegun);
  process.send({ perSecond: (count * 1000) / (performance.now() - begun), cpu: { all: (user + system) / 1000 / count } });
});
process.send({ ready: true });
process.once('disconnect', () => process.exit(0));
