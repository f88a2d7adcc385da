// POST /gallery/uploads over HTTP, against the same service's endpoint that does nothing.
import { randomBytes } from 'node:crypto';
import { reportCpu } from './auth/cpu-times.mjs';
import { post } from './auth/stack.mjs';
import { startGalleryStack } from './gallery/stack.mjs';
import { load } from './lib/load.mjs';
import { interleave, report } from './lib/rounds.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 50);

const stack = await startGalleryStack();
const trivial = Buffer.from('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
const intent = () =>
  post(
    '/api/v1/gallery/uploads',
    { site_id: stack.siteId, filename: 'a photo.png', content_type: 'image/png', size: 123_456, sha256: randomBytes(32).toString('hex') },
    `Authorization: Bearer ${stack.token}\r\n`,
  );

const contender = (request, status) => async () => {
  const cpuUsed = stack.startCpuTimer();
  const result = await load({ port: stack.port, connections, seconds, request });
  if (Object.keys(result.statuses).join() !== status) throw new Error(`Answers other than ${status}: ${JSON.stringify(result.statuses)}`);
  return { ...result, cpu: cpuUsed(result.statuses[status]) };
};

try {
  const contenders = { 'POST /gallery/uploads': contender(intent, '201'), 'GET /health/live': contender(() => trivial, '200') };
  const results = await interleave({ rounds, contenders });
  report(`Uploads, ${connections} connections, ${rounds} rounds of ${seconds} s`, results, 'POST /gallery/uploads');
  reportCpu(results, 'POST /gallery/uploads');
} finally {
  await stack.stop();
}
process.exit(0);
