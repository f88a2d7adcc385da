const day = 86_400_000;
/** Milliseconds before and behind the time of arrival that an event may lie. */
const oldest = 5 * 365.25 * day;
const newest = 7 * day;

/** Milliseconds that a client's clock may be off before its times are corrected: below lies the way of the request. */
const toleratedSkew = 60_000;

/**
 * When an event happened, in milliseconds since the epoch: the client's `timestamp`, corrected by how far its clock was
 * off when it sent (`sent_at`), or the time of arrival. Undefined outside of five years before and seven days behind.
 */
export function eventTime(timestamp: string | undefined, sentAt: string | undefined, receivedAt: number): number | undefined {
  if (timestamp === undefined) return receivedAt;
  const skew = sentAt === undefined ? 0 : receivedAt - Date.parse(sentAt);
  const time = Date.parse(timestamp) + (Math.abs(skew) > toleratedSkew ? skew : 0);
  return time >= receivedAt - oldest && time <= receivedAt + newest ? time : undefined;
}
