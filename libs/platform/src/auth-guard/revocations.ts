import type { Principal } from '@atrium/contract-kit';

/** What the guard needs of the revocation list; `RevocationList` of the shared state is one. */
export interface Revocations {
  isRevoked(principal: Principal): boolean;
  start(): Promise<void>;
  stop(): void;
}

/** Dependency-injection token of the {@link Revocations}. */
export const REVOCATIONS = Symbol('Revocations');
