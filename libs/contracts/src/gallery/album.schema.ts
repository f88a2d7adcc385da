import { isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** Files of one album. */
export const maxAlbumItems = 10_000;

/** Files of one request. */
export const maxItemsAtOnce = 1_000;

export const albumName = line(120);

/** Several lines; what is not a character is refused as everywhere. */
export const albumDescription = z.string().trim().max(2_000);

export const album = z
  .object({
    id: uuid,
    site_id: uuid,
    name: z.string(),
    description: z.string(),
    /** The file that stands for the album; null where none was chosen, or it isn't shown at present. */
    cover_asset_id: uuid.nullable(),
    /** Null once the person has been erased. */
    created_by: uuid.nullable(),
    created_at: isoDateTime,
    updated_at: isoDateTime,
  })
  .meta({ id: 'Album' });
export type Album = z.output<typeof album>;

/**
 * What became of one file. `not_found`: there is no such file at the album's site, or it is in the trash or was rejected;
 * `album_full`: the album has 10,000 files.
 */
export const albumItemVerdict = z.enum(['added', 'already_there', 'not_found', 'album_full', 'removed', 'not_in_album']);
export type AlbumItemVerdict = z.output<typeof albumItemVerdict>;

/** One verdict for each file, in the order of the request. */
export const albumItemResults = z
  .object({ results: z.array(z.object({ asset_id: uuid, verdict: albumItemVerdict })) })
  .meta({ id: 'AlbumItemResults' });
export type AlbumItemResults = z.output<typeof albumItemResults>;
