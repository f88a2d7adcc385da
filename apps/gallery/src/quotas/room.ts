import type { AssetEntity } from '../assets/asset.entity.js';
import { isOpen } from '../assets/asset.state.js';

/** Stands for "all sites" where the counters of the organization are. */
export const wholeOrganization = '00000000-0000-0000-0000-000000000000';

/** How much there may be; null is no limit. */
export interface RoomLimit {
  readonly bytes: number | null;
  readonly files: number | null;
}

/** What files take. */
export interface Room {
  readonly bytesUsed: number;
  readonly bytesReserved: number;
  readonly filesUsed: number;
  readonly filesReserved: number;
}

/**
 * What one asset takes: room is reserved from the intent to the verdict, and used as long as its bytes are kept, in the
 * trash too. What was rejected takes none. Bytes are those that were declared, of which S3 took exactly as many;
 * derivatives are the platform's own choice, and don't count.
 */
export function roomOf({ size, status, readyKey }: Pick<AssetEntity, 'size' | 'status' | 'readyKey'>): Room {
  if (isOpen(status)) return { bytesUsed: 0, bytesReserved: size, filesUsed: 0, filesReserved: 1 };
  if (readyKey !== null) return { bytesUsed: size, bytesReserved: 0, filesUsed: 1, filesReserved: 0 };
  return { bytesUsed: 0, bytesReserved: 0, filesUsed: 0, filesReserved: 0 };
}

/** What a step adds, of an asset as it was before and is after; undefined after is gone. */
export function changeOfRoom(before: Room, after: Room | undefined): Room {
  return {
    bytesUsed: (after?.bytesUsed ?? 0) - before.bytesUsed,
    bytesReserved: (after?.bytesReserved ?? 0) - before.bytesReserved,
    filesUsed: (after?.filesUsed ?? 0) - before.filesUsed,
    filesReserved: (after?.filesReserved ?? 0) - before.filesReserved,
  };
}
