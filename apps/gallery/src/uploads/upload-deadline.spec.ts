import { describe, expect, it } from 'vitest';
import { uploadDeadline } from './upload-deadline.js';

describe('the deadline of an upload', () => {
  const urlExpiresAt = new Date('2026-11-20T10:15:00Z');

  it('leaves a large file the time that a slow line takes', () => {
    expect(uploadDeadline(urlExpiresAt, 64 * 1024 * 3600)).toEqual(new Date('2026-11-20T11:15:00Z'));
  });

  it('is hardly later than the URL for a small one', () => {
    expect(uploadDeadline(urlExpiresAt, 1)).toEqual(new Date('2026-11-20T10:15:01Z'));
  });
});
