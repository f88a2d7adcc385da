/**
 * Whether two authenticators may hold one key: each counts its own uses, so that one of them comes with a count that
 * was passed already (WebAuthn L3 §6.1.1). Those that don't count, as synced passkeys, always say 0.
 */
export const suggestsClone = (stored: number, presented: number): boolean => (stored > 0 || presented > 0) && presented <= stored;
