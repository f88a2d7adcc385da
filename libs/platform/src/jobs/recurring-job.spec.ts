import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type JobSchedule, RecurringJob } from './recurring-job.js';

const lines: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });

class Counting extends RecurringJob {
  runs = 0;
  finish = (): void => undefined;

  constructor(
    private readonly work: (job: Counting) => Promise<void>,
    schedule: Partial<JobSchedule> = {},
  ) {
    super(logger, { everyMs: 1_000, failure: 'It could not be counted.', ...schedule });
  }

  run(): Promise<void> {
    this.runs += 1;
    return this.work(this);
  }
}
const atOnce = async (): Promise<void> => undefined;
const untilTold = (job: Counting): Promise<void> => new Promise((resolve) => (job.finish = resolve));

describe('a recurring job', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    lines.length = 0;
  });

  it('runs once an interval, from the first one on or from the start', async () => {
    const [later, now] = [new Counting(atOnce), new Counting(atOnce, { atStart: true })];
    for (const job of [later, now]) job.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(3_500);
    expect([later.runs, now.runs]).toEqual([3, 4]);
  });

  it('has no second run beside one that takes long', async () => {
    const job = new Counting(untilTold);
    job.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(job.runs).toBe(1);
    job.finish();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(job.runs).toBe(2);
  });

  it('runs at once when it is woken, and once more where it was woken in the midst of a run', async () => {
    const job = new Counting(untilTold);
    job.wake();
    expect(job.runs).toBe(1);
    for (const _ of [1, 2]) job.wake();
    job.finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(job.runs).toBe(2);
    job.finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(job.runs).toBe(2);
  });

  it('goes on after a failure, which is logged', async () => {
    const job = new Counting(() => Promise.reject(new Error('no')));
    job.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(job.runs).toBe(2);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['It could not be counted.', 'It could not be counted.']);
  });

  it('is waited for when the instance stops, and runs no more', async () => {
    const job = new Counting(untilTold);
    job.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(1_000);
    let stopped = false;
    const stopping = job.beforeApplicationShutdown().then(() => (stopped = true));
    job.wake();
    await vi.advanceTimersByTimeAsync(5_000);
    expect({ stopped, runs: job.runs }).toEqual({ stopped: false, runs: 1 });
    job.finish();
    await stopping;
    job.wake();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(job.runs).toBe(1);
  });
});
