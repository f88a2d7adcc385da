import type { Upstream } from '../proxy/upstream.js';

/** Milliseconds for which an answer counts, however often it is asked. */
const freshMs = 2_000;
const checkTimeoutMs = 1_500;

/** Which services don't say that they are ready; asked rarely, since every balancer node asks the gateway. */
export class UpstreamHealth {
  private checkedAt = -Infinity;
  private checking: Promise<readonly string[]> = Promise.resolve([]);

  constructor(private readonly upstreams: readonly Upstream[]) {}

  down(): Promise<readonly string[]> {
    const now = performance.now();
    if (now - this.checkedAt < freshMs) return this.checking;
    this.checkedAt = now;
    this.checking = this.check();
    return this.checking;
  }

  get size(): number {
    return this.upstreams.length;
  }

  private async check(): Promise<readonly string[]> {
    const answers = await Promise.all(
      this.upstreams.map(async (upstream) => ((await upstream.isReady(checkTimeoutMs)) ? [] : [upstream.service])),
    );
    return answers.flat();
  }
}
