import { uuid } from '@atrium/contract-kit';
import { PoisonMessageError } from '@atrium/platform/messaging';
import { z } from 'zod';
import { decodeNotificationKey, parseQuarantineKey } from '../storage/object-key.js';

/** An upload that may be there by now. */
export interface UploadNotice {
  readonly orgId: string;
  readonly assetId: string;
}

const completed = z.object({ type: z.literal('upload.completed'), org_id: uuid, asset_id: uuid });

/** S3's event message, version 2.x (S3 user guide, "Event message structure"); what isn't read may be anything. */
const notification = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
    }),
  ),
});

/** S3 sends one when notifications are configured. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') });

const message = z.union([completed, notification, testEvent]);

/** What the API puts on the queue when a client says that its bytes are there. */
export const uploadCompleted = (orgId: string, assetId: string): z.output<typeof completed> => ({
  type: 'upload.completed',
  org_id: orgId,
  asset_id: assetId,
});

/**
 * The uploads that a message of the queue names; none for tests and for objects that are not uploads.
 *
 * @throws PoisonMessageError when it is none of the known messages
 */
export function parseUploadMessage(body: string, quarantineBucket: string): UploadNotice[] {
  const parsed = message.safeParse(parseJson(body));
  if (!parsed.success) throw new PoisonMessageError('neither a notification of S3 nor a completed upload');
  if ('Event' in parsed.data) return [];
  if ('type' in parsed.data) return [{ orgId: parsed.data.org_id, assetId: parsed.data.asset_id }];
  return parsed.data.Records.flatMap(({ eventName, s3 }) => {
    if (!eventName.startsWith('ObjectCreated:') || s3.bucket.name !== quarantineBucket) return [];
    const owner = parseQuarantineKey(decodeNotificationKey(s3.object.key) ?? '');
    return owner ? [{ orgId: owner.orgId, assetId: owner.assetId }] : [];
  });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new PoisonMessageError('the body is not JSON');
  }
}
