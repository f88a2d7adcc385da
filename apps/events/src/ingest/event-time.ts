const day = 86_400_000;
/** Days before and behind the time of arrival that an event may lie. */
const oldest = 5 * 365.25;
const newest = 7;

/** Milliseconds that a client's clock may be off before its times are corrected: below lies the way of the request. */
const toleratedSkew = 60_000;

/**
 * When an event happened, in milliseconds since the epoch: the client's `timestamp`, corrected by how far its clock was
 * off when it sent (`sent_at`), or the time of arrival. Undefined outside of five years before and seven days behind, and for an event so
 * old that it would not be kept: accepting it would be a promise broken at once.
 */
export function eventTime(
  timestamp: string | undefined,
  sentAt: string | undefined,
  receivedAt: number,
  retentionDays: number,
): number | undefined {
  if (timestamp === undefined) return receivedAt;
  const skew = sentAt === undefined ? 0 : receivedAt - Date.parse(sentAt);
  const time = Date.parse(timestamp) + (Math.abs(skew) > toleratedSkew ? skew : 0);
  const earliest = receivedAt - Math.min(oldest, retentionDays) * day;
  return time >= earliest && time <= receivedAt + newest * day ? time : undefined;
}
