import { createHash } from 'node:crypto';
import { maxUnfoldedBytes, type PackMessage } from '../packs/pack-message.js';
import { unfoldedSize } from '../packs/unfolded-size.js';

export type PackTarget = NonNullable<PackMessage['target']>;

/** A pack on its way from the queue to its table. */
export interface ReceivedPack {
  readonly id: string;
  readonly target: PackTarget;
  readonly rows: number;
  /** Compressed lines, as ClickHouse takes them. */
  readonly folded: Buffer;
  /** Bytes of the lines. */
  readonly size: number;
  /** Whether it was delivered before, and so may be stored already. */
  readonly isRedelivered: boolean;
  readonly traceparent?: string;
}

export function receivePack(pack: PackMessage, receiveCount: number): ReceivedPack {
  const folded = Buffer.from(pack.data, 'base64');
  return {
    id: pack.batch_id,
    target: pack.target ?? 'events',
    rows: pack.rows,
    folded,
    size: unfoldedSize(folded) ?? maxUnfoldedBytes,
    isRedelivered: receiveCount > 1,
    ...(pack.traceparent === undefined ? {} : { traceparent: pack.traceparent }),
  };
}

/**
 * The deduplication token of packs that are inserted together: the same for the same packs in whatever order they came,
 * another for any other packs. A pack alone keeps its own id.
 */
export function tokenOf(ids: readonly string[]): string {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return only;
  return `group:${createHash('sha256').update(ids.toSorted().join()).digest('hex')}`;
}
