import { isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { asset, assetContentType } from './asset.schema.js';

/** It travels in a header, which browsers let carry ASCII alone, without spaces around it (Fetch §2.2.2). */
export const sharePassword = z
  .string()
  .min(6)
  .max(128)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be of printable ASCII characters, without spaces at its ends');

export const share = z
  .object({
    id: uuid,
    site_id: uuid,
    /** Either this or an album. */
    asset_id: uuid.nullable(),
    album_id: uuid.nullable(),
    has_password: z.boolean(),
    expires_at: isoDateTime,
    /** How often it was opened, to within some seconds. */
    views: z.int(),
    last_viewed_at: isoDateTime.nullable(),
    created_by: uuid,
    created_at: isoDateTime,
  })
  .meta({ id: 'Share' });
export type Share = z.output<typeof share>;

export const createdShare = share
  .extend({
    /** Shown this once; only its hash is kept. */
    token: z.string(),
    url: z.string(),
  })
  .meta({ id: 'CreatedShare' });
export type CreatedShare = z.output<typeof createdShare>;

const { width, height, placeholder, dominant_color, derivatives } = asset.shape;
const shownOfImage = { width, height, placeholder, dominant_color, derivatives };

/** What whoever has the link may know of a file. */
export const sharedAsset = z
  .object({
    id: uuid,
    filename: z.string(),
    content_type: assetContentType,
    /** Bytes. */
    size: z.int(),
    ...shownOfImage,
    /** Works until `url_expires_at`, which is never later than the share's end. */
    url: z.string(),
    url_expires_at: isoDateTime,
  })
  .meta({ id: 'SharedAsset' });
export type SharedAsset = z.output<typeof sharedAsset>;

export const sharedContent = z
  .object({
    kind: z.enum(['asset', 'album']),
    /** The album's name, or the file's. */
    title: z.string(),
    /** Of the album; empty for a file. */
    description: z.string(),
    expires_at: isoDateTime,
    data: z.array(sharedAsset),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'SharedContent' });
export type SharedContent = z.output<typeof sharedContent>;
