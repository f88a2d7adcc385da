/** A refresh token lives 7 days, and each rotation gives 7 more … */
export const refreshTokenDays = 7;
/** … until the person must sign in again. */
export const sessionDays = 30;

/** Seconds within which the immediate predecessor of a refresh token gets the same successor again. */
export const graceSeconds = 10;

/** Access tokens live 15 minutes and are tolerated a minute longer for clock skew: by then all of a session are dead. */
export const revocationSeconds = 16 * 60;
