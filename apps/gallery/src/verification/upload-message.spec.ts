import { randomUUID } from 'node:crypto';
import { PoisonMessageError } from '@atrium/platform/messaging';
import { describe, expect, it } from 'vitest';
import { quarantineKeyOf } from '../storage/object-key.js';
import { parseUploadMessage, uploadCompleted } from './upload-message.js';

const bucket = 'quarantine-bucket';
const owner = { orgId: randomUUID(), siteId: randomUUID(), assetId: randomUUID() };
const notice = { orgId: owner.orgId, assetId: owner.assetId };
const record = (key: string, { eventName = 'ObjectCreated:Put', name = bucket } = {}) => ({
  eventVersion: '2.1',
  eventName,
  s3: { bucket: { name, arn: 'arn' }, object: { key, size: 1, eTag: 'x', sequencer: '1' } },
});
const parse = (message: unknown) => parseUploadMessage(JSON.stringify(message), bucket);

describe('a message about uploads', () => {
  it('is a notification of S3, each record of which names an upload', () => {
    const key = quarantineKeyOf(owner);
    expect(parse({ Records: [record(key), record(key)] })).toEqual([notice, notice]);
  });

  it('is what the API says when a client is done', () => {
    expect(parse(uploadCompleted(owner.orgId, owner.assetId))).toEqual([notice]);
  });

  it("may be S3's test, which names none", () => {
    expect(parse({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket })).toEqual([]);
  });

  it('may speak of other buckets, events and keys, which are no uploads', () => {
    const key = quarantineKeyOf(owner);
    const records = [
      record(key, { name: 'another-bucket' }),
      record(key, { eventName: 'ObjectRemoved:Delete' }),
      record('quarantine/not-an-id'),
      record('%E0%A4%A'),
    ];
    expect(parse({ Records: records })).toEqual([]);
  });

  it.each(['', '{', '[]', '{"Records":7}', '{"type":"upload.completed","org_id":"x"}'])('is poison when it is %j', (body) => {
    expect(() => parseUploadMessage(body, bucket)).toThrow(PoisonMessageError);
  });
});
