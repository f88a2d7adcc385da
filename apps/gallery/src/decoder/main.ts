// Runs as a process of its own, which decodes one image at a time: whatever a hostile file does, it does it here. It has
// neither secrets in its environment nor, where the system allows it, a network.
import sharp from 'sharp';
import { decodeImage } from './decode-image.js';
import type { DecoderAnswer, DecoderJob, DecoderVerdict } from './decoder-job.js';

sharp.cache(false);
sharp.concurrency(1);
// By content and not by name is what is opened; what no organization may upload is not opened at all.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadNsgif', 'VipsForeignLoadHeif'],
});

const watchMs = 25;

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function answer(id: number, verdict: DecoderVerdict, last = false): Promise<void> {
  const memory = process.memoryUsage.rss();
  const message: DecoderAnswer = { id, verdict, last, memory, peakMemory: process.resourceUsage().maxRSS * 1024 };
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

/** Ends the process, with a verdict, when the file takes too much. What libvips does cannot be stopped otherwise. */
function watch({ id, limits }: DecoderJob): NodeJS.Timeout {
  const before = cpuSeconds();
  const end = (message: string): void => void answer(id, { kind: 'refused', code: 'too_complex', message }, true).finally(() => process.exit(0));
  return setInterval(() => {
    if (cpuSeconds() - before > limits.maxSeconds) end('Decoding the image takes too long.');
    else if (process.memoryUsage.rss() > limits.maxMemory) end('Decoding the image takes too much memory.');
  }, watchMs);
}

process.send?.('ready');
process.on('message', (job: DecoderJob) => {
  const watching = watch(job);
  void decodeImage(job).then((verdict) => {
    clearInterval(watching);
    globalThis.gc?.();
    return answer(job.id, verdict);
  });
});
// The worker went away.
process.on('disconnect', () => process.exit(0));
