// Photographs of 12 megapixels from the upload to ready: files a second, and the memory of the worker and its decoder.
import { startPlatform, World } from '@atrium/testing';
import { interleave } from './lib/rounds.mjs';
import { watchMemory } from './verify/memory.mjs';
import { photographs } from './verify/photographs.mjs';
import { sharpAlone } from './verify/sharp-alone.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const files = Number(process.env.BENCH_FILES ?? 12);

const platform = await startPlatform({ limitScale: 1_000_000 });
const world = new World(platform.gateway, platform.mail);
const admin = await world.newAdmin();
const site = await world.newSite(admin);
const memory = watchMemory(platform.pids.gallery_worker);

/** Bytes are all in quarantine before the clock starts; the worker hears of them as it does. */
async function verified() {
  process.kill(platform.pids.gallery_worker, 'SIGSTOP');
  const ids = [];
  for (const bytes of await photographs(files)) {
    ids.push(await world.upload(admin, site.id, bytes, { filename: 'photo.jpg', content_type: 'image/jpeg' }));
  }
  const startedAt = performance.now();
  process.kill(platform.pids.gallery_worker, 'SIGCONT');
  for (const id of ids) {
    const { status, derivatives, rejection_reason: reason } = await world.settled(admin, id);
    if (status !== 'ready' || derivatives.length !== 3) throw new Error(`${id} is ${status}, with ${derivatives.length} copies: ${reason}`);
  }
  return { perSecond: files / ((performance.now() - startedAt) / 1000) };
}

try {
  const sample = await photographs(files);
  const size = (sample[0].length / 1024 ** 2).toFixed(1);
  const results = await interleave({ rounds, contenders: { worker: verified, 'sharp alone': () => sharpAlone(sample) } });
  process.stdout.write(`\n${files} JPEGs of 12 megapixels and ${size} MiB, ${rounds} rounds; worker/sharp = ${(results.worker.median / results['sharp alone'].median).toFixed(2)}\n`);
  for (const [name, { median, min, max }] of Object.entries(results)) {
    process.stdout.write(`  ${name}: ${median.toFixed(2)} files/s (${min.toFixed(2)}–${max.toFixed(2)})\n`);
  }
  const { own, children, together } = memory.stop();
  process.stdout.write(`  most memory: worker ${own.toFixed(0)} MiB, decoder ${children.toFixed(0)} MiB, both at one time ${together.toFixed(0)} MiB (bar: 400)\n`);
} finally {
  await platform.stop();
}
process.exit(0);
