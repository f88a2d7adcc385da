/** Dependency-injection token of the PackLanes whose packs are for the quarantine. */
export const QUARANTINE_LANES = Symbol('QuarantineLanes');
