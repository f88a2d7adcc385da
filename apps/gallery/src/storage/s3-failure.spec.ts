import { describe, expect, it } from 'vitest';
import { isMissing, isStorageUnavailable } from './s3-failure.js';

const sdkError = (name: string, httpStatusCode?: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

describe('a failure of S3', () => {
  it('is a missing object by either name', () => {
    expect(isMissing(sdkError('NotFound', 404))).toBe(true);
    expect(isMissing(sdkError('NoSuchKey', 404))).toBe(true);
    expect(isMissing(sdkError('NoSuchBucket', 404))).toBe(false);
  });

  it('is an outage when there was no connection, no answer, or 5xx', () => {
    expect(isStorageUnavailable(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toBe(true);
    expect(isStorageUnavailable(sdkError('TimeoutError'))).toBe(true);
    expect(isStorageUnavailable(sdkError('SlowDown', 503))).toBe(true);
  });

  it('is no outage when S3 refuses', () => {
    expect(isStorageUnavailable(sdkError('AccessDenied', 403))).toBe(false);
    expect(isStorageUnavailable(sdkError('PreconditionFailed', 412))).toBe(false);
    expect(isStorageUnavailable('down')).toBe(false);
  });
});
