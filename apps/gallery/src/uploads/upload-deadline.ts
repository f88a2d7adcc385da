/** Bytes a second below which a client is taken for gone. */
const slowestTransfer = 64 * 1024;

/**
 * When an upload that has not come is given up: S3 checks a URL's expiry as the request begins, and the bytes may take
 * their time after that.
 */
export const uploadDeadline = (urlExpiresAt: Date, size: number): Date =>
  new Date(urlExpiresAt.getTime() + Math.ceil(size / slowestTransfer) * 1000);
