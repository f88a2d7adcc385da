import type { AssetStatus } from '@atrium/contracts/gallery';

/**
 * Everything that can happen to an asset, from which statuses, and to which it leads. What is not here cannot happen,
 * by whatever way: signals come late, twice, in any order or never. `restored` leads back to what the asset was, ready or
 * rejected; after `purged` there is none.
 *
 *     pending → verifying → ready | rejected ⇄ trashed → purged
 *
 * Erasure purges from any status.
 */
const steps = {
  verifying: { from: ['pending'], to: ['verifying'] },
  ready: { from: ['verifying'], to: ['ready'] },
  rejected: { from: ['pending', 'verifying'], to: ['rejected'] },
  trashed: { from: ['ready', 'rejected'], to: ['trashed'] },
  restored: { from: ['trashed'], to: ['ready', 'rejected'] },
  lost: { from: ['ready'], to: ['rejected'] },
  purged: { from: ['pending', 'verifying', 'ready', 'rejected', 'trashed'], to: [] },
} as const satisfies Record<string, { from: readonly AssetStatus[]; to: readonly AssetStatus[] }>;

/** Named as the domain event that tells of it, `asset.<step>`. */
export type AssetStep = keyof typeof steps;
export const assetSteps = Object.keys(steps) as AssetStep[];

/** Statuses in which the bytes are still awaited or judged. */
export const openStatuses = ['pending', 'verifying'] as const satisfies readonly AssetStatus[];

export const isOpen = (status: AssetStatus): boolean => openStatuses.some((open) => open === status);

/** `moves`: the step happens. `stays`: its effect is there already. `refused`: late or out of order, and without effect. */
export type StepEffect = 'moves' | 'stays' | 'refused';

export function effectOf(step: AssetStep, status: AssetStatus): StepEffect {
  const { from, to }: { from: readonly AssetStatus[]; to: readonly AssetStatus[] } = steps[step];
  if (from.includes(status)) return 'moves';
  return to.includes(status) ? 'stays' : 'refused';
}

/** The statuses in which an asset may be for the step to happen. */
export const statusesBefore = (step: AssetStep): readonly AssetStatus[] => steps[step].from;

/** Whether a status leads to another by any step. */
export const mayFollow = (from: AssetStatus, to: AssetStatus): boolean =>
  assetSteps.some((step) => effectOf(step, from) === 'moves' && (steps[step].to as readonly AssetStatus[]).includes(to));
