import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { originalName } from '../src/decoder/decoder-job.js';
import { type Decoded, ImageDecoder, type Refused } from '../src/imaging/image-decoder.js';
import type { ImageSettings } from '../src/imaging/image-settings.js';

const mebibyte = 1024 ** 2;

export interface TestDecoder {
  readonly decoder: ImageDecoder;
  /** In a folder of its own, of which `prepare` is told before and `look` after. */
  decode(contentType: string, bytes: Buffer, look?: (folder: string) => void, prepare?: (folder: string) => void): Promise<Decoded | Refused>;
  /** Most memory, in bytes, that the decoder at hand ever had: VmHWM of proc_pid_status(5). */
  peak(): number;
  stop(): Promise<void>;
}

/** The decoder as the worker has it, without the worker. */
export function startDecoder(limits: Partial<ImageSettings['limits']> = {}, processes = 1): TestDecoder {
  const scratchFolder = mkdtempSync(join(tmpdir(), 'atrium-images-'));
  const defaults = { maxPixels: 50_000_000, maxFrames: 1_000, maxSeconds: 20, maxMemory: 320 * mebibyte };
  const settings = { processes, maxBytes: 64 * mebibyte, scratchFolder, limits: { ...defaults, ...limits } };
  const logger = createLogger({ service: 'test', level: 'silent' });
  const decoder = new ImageDecoder(settings, logger, createMetrics('test', { processMetrics: false }));
  return {
    decoder,
    async decode(contentType, bytes, look, prepare) {
      const folder = mkdtempSync(join(scratchFolder, 'image-'));
      writeFileSync(join(folder, originalName), bytes);
      prepare?.(folder);
      const verdict = await decoder.decode({ folder, contentType, strip: false });
      look?.(folder);
      rmSync(folder, { recursive: true });
      return verdict;
    },
    peak() {
      const [pid] = decoder.pids;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    stop: () => decoder.onApplicationShutdown(),
  };
}
