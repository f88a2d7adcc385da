/** Dependency-injection token of the EventPacker whose packs are for the quarantine. */
export const QUARANTINE_PACKER = Symbol('QuarantinePacker');
