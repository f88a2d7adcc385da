import { type DataOf, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { streamedEvent } from './streamed-event.js';

/**
 * What every event of a file says. Each step of a file is told once, in the transaction that took it; messages may come
 * late, twice and in any order, so a consumer keeps the highest `version` and takes `asset.purged` as the end. Names and
 * uploaders are people's, and are asked of the gallery, which forgets them in time.
 */
const fact = {
  org_id: uuid,
  asset_id: uuid,
  site_id: uuid,
  /** Of the file after this step; the `ETag` of the API. */
  version: z.int(),
  content_type: z.string(),
  /** Bytes, as declared. */
  size: z.int(),
};
const shared = { version: 1, publisher: 'gallery', subscribers: [] } as const;

/** Its upload was allowed, and room is reserved for it. */
export const assetCreated = streamedEvent({ ...shared, type: 'asset.created', data: z.object(fact) });

/** Its bytes are there, as far as anybody says. */
export const assetVerifying = streamedEvent({ ...shared, type: 'asset.verifying', data: z.object(fact) });

/** Its bytes are what was declared: it can be downloaded. */
export const assetReady = streamedEvent({ ...shared, type: 'asset.ready', data: z.object(fact) });

/** Its bytes never came, or are not what was declared. `reason` begins with a stable code and a colon. */
export const assetRejected = streamedEvent({ ...shared, type: 'asset.rejected', data: z.object({ ...fact, reason: z.string() }) });

/** It is in the trash, from where it comes back or is purged. */
export const assetTrashed = streamedEvent({ ...shared, type: 'asset.trashed', data: z.object(fact) });

/** It is out of the trash, and what it was before. */
export const assetRestored = streamedEvent({ ...shared, type: 'asset.restored', data: z.object(fact) });

/** The object of a verified file is gone from storage, by nothing that the gallery did: the file is rejected. */
export const assetLost = streamedEvent({ ...shared, type: 'asset.lost', data: z.object({ ...fact, reason: z.string() }) });

/** Its objects are gone, and so is its row. Nothing comes after this. */
export const assetPurged = streamedEvent({
  ...shared,
  type: 'asset.purged',
  data: z.object({ ...fact, cause: z.enum(['trash', 'person_erased', 'site_deleted', 'organization_deleted']) }),
});
export type PurgeCause = DataOf<typeof assetPurged>['cause'];
