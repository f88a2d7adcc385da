/** Bytes a second below which a client is taken for gone. */
const slowestTransfer = 64 * 1024;
const dayMs = 24 * 60 * 60_000;

const transferMs = (size: number): number => Math.ceil(size / slowestTransfer) * 1000;

/**
 * When an upload that has not come is given up: S3 checks a URL's expiry as the request begins, and the bytes may take
 * their time after that.
 */
export const uploadDeadline = (urlExpiresAt: Date, size: number): Date => new Date(urlExpiresAt.getTime() + transferMs(size));

/** As {@link uploadDeadline}, in parts: an interrupted upload may go on the next day, but not after a week. */
export const multipartDeadline = (begun: Date, size: number): Date =>
  new Date(begun.getTime() + Math.min(Math.max(transferMs(size), dayMs), 7 * dayMs));
