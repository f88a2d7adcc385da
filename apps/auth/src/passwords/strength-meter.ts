import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DomainError } from '@atrium/platform/errors';
import { BoundedQueue, normalizedPassword } from '@atrium/platform/passwords';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';

const estimate = z.object({
  score: z.int().min(0).max(4),
  warning: z.string().nullable(),
  suggestions: z.array(z.string()),
});
export type StrengthEstimate = z.output<typeof estimate>;

interface Question {
  readonly password: string;
  readonly words: readonly string[];
}

const script = fileURLToPath(new URL('../../assets/strength-process.mjs', import.meta.url));
/** An estimate takes a tenth of a second; the first one waits for the process to start. */
const timeoutMs = 5_000;
const idleMs = 15_000;

/** Estimates in a process that lives only while it is used: at rest it costs nothing. */
@Injectable()
export class StrengthMeter implements OnApplicationShutdown {
  private readonly queue = new BoundedQueue(1, 32, 'Too many passwords are measured at once.');
  private child: ChildProcess | undefined;
  private idle: NodeJS.Timeout | undefined;

  onApplicationShutdown(): void {
    this.stop();
  }

  /** `words` are what an attacker knows of the person. Throws UPSTREAM_UNAVAILABLE when too many wait. */
  measure(password: string, words: readonly string[]): Promise<StrengthEstimate> {
    const question = { password: normalizedPassword(password), words };
    return this.queue.run(async () => {
      clearTimeout(this.idle);
      try {
        return await this.ask(question).catch(() => this.ask(question));
      } catch (cause) {
        throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'the strength process does not answer', cause });
      } finally {
        this.idle = setTimeout(() => this.stop(), idleMs).unref();
      }
    });
  }

  /** One at a time, so that the next message is the answer. A process that gives none is ended. */
  private async ask(question: Question): Promise<StrengthEstimate> {
    if (!this.child?.connected) this.child = this.start();
    const child = this.child;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    child.once('exit', leave);
    try {
      child.send(question);
      const [answer] = await once(child, 'message', { signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), gone.signal]) });
      return estimate.parse(answer);
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      child.off('exit', leave);
    }
  }

  /** It gets no environment and writes nowhere: what it is told are passwords. */
  private start(): ChildProcess {
    const child = fork(script, [], {
      env: {},
      execArgv: ['--max-old-space-size=64', '--max-semi-space-size=1'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Without a listener an error would end this process; whoever waits for the answer hears of the exit or the timeout.
    child.on('error', () => this.stop());
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    child.unref();
    child.channel?.unref();
    return child;
  }

  private stop(): void {
    clearTimeout(this.idle);
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}
