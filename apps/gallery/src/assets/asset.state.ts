import type { AssetStatus } from '@atrium/contracts/gallery';

/**
 * pending (bytes awaited) → verifying → ready or rejected; ready ⇄ trashed. What never passes verification never becomes
 * ready, by whatever way.
 */
const transitions: Readonly<Record<AssetStatus, readonly AssetStatus[]>> = {
  pending: ['verifying', 'rejected'],
  verifying: ['ready', 'rejected'],
  ready: ['trashed'],
  rejected: [],
  trashed: ['ready'],
};

/** Statuses in which the bytes are still awaited or judged. */
export const openStatuses = ['pending', 'verifying'] as const satisfies readonly AssetStatus[];

export const isOpen = (status: AssetStatus): boolean => openStatuses.some((open) => open === status);

/** `moves`: the change happens. `stays`: it has happened already. `refused`: late or out of order, and without effect. */
export type Step = 'moves' | 'stays' | 'refused';

export function stepOf(from: AssetStatus, to: AssetStatus): Step {
  if (from === to) return 'stays';
  return transitions[from].includes(to) ? 'moves' : 'refused';
}

/** The statuses from which an asset may move to `to`. */
export const statusesBefore = (to: AssetStatus): AssetStatus[] =>
  (Object.keys(transitions) as AssetStatus[]).filter((from) => stepOf(from, to) === 'moves');
