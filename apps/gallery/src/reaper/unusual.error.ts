import type { ReapKind } from './reap-mode.js';

/** There is more to remove than crashes leave: an operator must look first (docs/runbooks/gallery-reaper.md). */
export class UnusualError extends Error {
  override readonly name = 'UnusualError';

  constructor(
    readonly kind: ReapKind,
    what: string,
  ) {
    super(`${what}: more than is usual, so none is removed. See the runbook gallery-reaper.`);
  }
}
