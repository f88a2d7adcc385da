import { randomFillSync } from 'node:crypto';

const idBytes = 16;
const pool = Buffer.allocUnsafe(idBytes * 256);
let next = pool.length;

/**
 * A UUID version 7 (RFC 9562 §5.7) of the time, in milliseconds since the epoch. Random bytes are drawn for many at
 * once: one by one they cost more than all else that is done to an event.
 */
export function newEventId(time: number): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  const at = next;
  next += idBytes;
  pool.writeUIntBE(time, at, 6);
  pool[at + 6] = 0x70 | ((pool[at + 6] ?? 0) & 0x0f);
  pool[at + 8] = 0x80 | ((pool[at + 8] ?? 0) & 0x3f);
  const hex = pool.toString('hex', at, next);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
