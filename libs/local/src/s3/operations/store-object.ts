import type { BucketNotification, Exchange } from '../exchange.js';
import { objectCreatedNotification, type ObjectCreatedEvent } from '../notifications/s3-event.js';
import { nextSequencer } from '../notifications/sequencer.js';
import type { StagedBlob } from '../storage/blob-writer.js';
import type { Bucket, NewObject } from '../storage/bucket.js';
import type { ObjectMetadata } from '../storage/object-metadata.js';

export interface ObjectWrite {
  readonly bucket: Bucket;
  readonly blob: StagedBlob;
  readonly object: Omit<NewObject, 'size'>;
  readonly precondition: (current: ObjectMetadata | undefined) => void;
  readonly eventName: ObjectCreatedEvent;
}

/** Makes staged bytes an object and owes its notification, which is on disk before the object can be seen. */
export async function storeObject(exchange: Exchange, write: ObjectWrite): Promise<ObjectMetadata> {
  const { outbox } = exchange.services;
  let held: Awaited<ReturnType<typeof outbox.hold>> | undefined;
  try {
    const stored = await write.bucket.commit(write.blob, { ...write.object, size: write.blob.size }, {
      precondition: write.precondition,
      beforeVisible: async (metadata) => {
        if (!wantsEvent(exchange.services.notifications.get(write.bucket.name), metadata.key, write.eventName)) return;
        held = await outbox.hold(write.bucket.name, notification(exchange, write, metadata));
      },
    });
    held?.release();
    return stored;
  } catch (error) {
    await held?.revoke();
    throw error;
  }
}

function wantsEvent(rule: BucketNotification | undefined, key: string, eventName: ObjectCreatedEvent): boolean {
  if (!rule || !key.startsWith(rule.prefix ?? '')) return false;
  return rule.events.some((event) => event === 's3:ObjectCreated:*' || event === `s3:${eventName}`);
}

function notification(exchange: Exchange, write: ObjectWrite, metadata: ObjectMetadata) {
  const { signing } = exchange.services;
  const origin = {
    eventName: write.eventName,
    region: signing.region,
    bucket: write.bucket.name,
    principalId: signing.credentials.accessKeyId,
    sourceIp: exchange.sourceIp,
    requestId: exchange.requestId,
    hostId: exchange.hostId,
  };
  return objectCreatedNotification(origin, metadata, nextSequencer());
}
