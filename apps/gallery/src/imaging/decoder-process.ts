import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { DecoderAnswer, DecoderJob } from '../decoder/decoder-job.js';

/** The compiled one also where this file is run from its source: without a compiler at run time, Node reads no TypeScript. */
const program = fileURLToPath(new URL('../../dist/decoder/main.js', import.meta.url));
/** No code is made at run time, which also keeps the address space small enough to be bounded. */
const nodeOptions = ['--jitless', '--expose-gc', '--max-old-space-size=64', '--max-semi-space-size=4'];
/**
 * The system's own bounds: on private memory (argument 1, in KiB) and core dumps, and no network where an unprivileged
 * process may leave it.
 */
const bounded = `ulimit -c 0; ulimit -d "$1" 2>/dev/null; shift
unshare --user --net true 2>/dev/null && exec unshare --user --net "$@"
exec "$@"`;
const startMs = 30_000;
/** Characters of its error output that are kept, for the log. */
const lastWords = 2_000;

/** The process ended by itself. */
export class DecoderCrashError extends Error {}
/** It could not be started, or gave no answer, or was killed from outside: the machine's fault, as far as is known. */
export class DecoderUnavailableError extends Error {}

// The process may have been taken over: its answers are as foreign as a file.
const preview = z.object({
  placeholder: z.base64().max(64),
  dominantColor: z.string().regex(/^#[0-9a-f]{6}$/),
  widths: z.array(z.int()),
});
const verdict = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('refused'),
    code: z.enum(['image_damaged', 'trailing_data', 'embedded_markup', 'too_many_pixels', 'too_many_frames', 'too_complex']),
    message: z.string().max(500),
    detail: z.string().max(500).optional(),
  }),
  z.object({
    kind: z.literal('image'),
    width: z.int().min(1),
    height: z.int().min(1),
    frames: z.int().min(1),
    preview: z.union([preview, z.string().max(2_000)]),
  }),
  z.object({ kind: z.literal('failed'), message: z.string().max(2_000) }),
]);
const answerSchema: z.ZodType<DecoderAnswer> = z.object({ id: z.int(), verdict, peakMemory: z.number(), memory: z.number(), last: z.boolean() });

/** The process that decodes; one image at a time. */
export class DecoderProcess {
  private said = '';

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.said = (this.said + text).slice(-lastWords)));
    child.on('error', (error) => (this.said += error.message));
  }

  /** @throws DecoderUnavailableError */
  static async start(folder: string, maxMemory: number): Promise<DecoderProcess> {
    const args = ['-c', bounded, 'decoder', String(Math.floor(maxMemory / 1024)), process.execPath, ...nodeOptions, program];
    const child = spawn('/bin/sh', args, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C', UV_THREADPOOL_SIZE: '2', MALLOC_ARENA_MAX: '2', TMPDIR: folder },
    });
    const started = new DecoderProcess(child);
    try {
      await started.next(startMs);
      return started;
    } catch (cause) {
      await started.stop();
      throw new DecoderUnavailableError('The decoder did not start.', { cause });
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.connected;
  }

  /** @throws DecoderCrashError or DecoderUnavailableError; the process is of no use then */
  async run(job: DecoderJob, timeoutMs: number): Promise<DecoderAnswer> {
    const answered = this.next(timeoutMs);
    this.child.send(job, () => undefined);
    const answer = answerSchema.safeParse(await answered);
    if (!answer.success || answer.data.id !== job.id) throw new DecoderCrashError('The decoder gave an answer that makes no sense.');
    return answer.data;
  }

  async stop(): Promise<void> {
    const gone = this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
    if (gone) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private async next(timeoutMs: number): Promise<unknown> {
    const over = new AbortController();
    const timeout = AbortSignal.any([over.signal, AbortSignal.timeout(Math.ceil(timeoutMs))]);
    const message = once(this.child, 'message', { signal: timeout }).then(([said]: unknown[]) => said);
    const end = once(this.child, 'close', { signal: timeout }).then(([code, signal]: unknown[]) => this.ended(code, signal));
    try {
      return await Promise.race([message, end]);
    } catch (error) {
      if (error instanceof DecoderCrashError || error instanceof DecoderUnavailableError) throw error;
      throw new DecoderUnavailableError('The decoder gave no answer in time.', { cause: error });
    } finally {
      over.abort();
      await Promise.allSettled([message, end]);
    }
  }

  private ended(code: unknown, signal: unknown): never {
    const how = `The decoder ended with ${String(signal ?? code)}: ${this.said}`;
    // Nobody here did that: the system was short of memory, or an operator.
    throw signal === 'SIGKILL' ? new DecoderUnavailableError(how) : new DecoderCrashError(how);
  }
}
