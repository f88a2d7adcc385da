/** Streams of one organization that one process holds. */
export const maxStreams = 20;
/** Events a second that one stream is sent, and the seconds' worth of them that may come at once; those beyond are counted and told. */
export const maxPerSecond = 100;
export const burstSeconds = 10;
/** Events that are read in full at a time; of more, the newest. */
export const maxFetched = 500;
/** Messages that wait for a slow client. */
export const maxWaiting = 1_000;
/** Milliseconds. */
export const pollEvery = 1_000;
export const heartbeatEvery = 15_000;
export const checkAccessEvery = 1_000;
/**
 * Seconds that an insert may take: a row is seen only when its part is committed, and so may appear behind others that
 * were begun later. So far back each look goes again.
 */
export const overlapSeconds = 15;
/** Seconds back that a stream can go on from. */
export const resumeSeconds = 600;
/** Events of the last while that are remembered, by an organization. */
export const maxRemembered = 50_000;
