import { ClickHouseError } from './clickhouse-error.js';

/** Bytes of an exception's text that are looked at. */
const maxText = 4_096;

/** What ClickHouse wrote behind the rows, as an error. */
function errorOf(text: string): ClickHouseError {
  return new ClickHouseError(Number(/Code: (\d+)\./.exec(text)?.[1] ?? 0), text.trim());
}

/**
 * The bytes of an answer until, in its midst, the query failed: ClickHouse has sent 200 by then, writes the exception
 * behind the rows, marked with the answer's own random tag, and breaks the connection. Throws {@link ClickHouseError}
 * in place of that text.
 */
export async function* untilException(body: AsyncIterable<Uint8Array>, tag: string | null): AsyncGenerator<Uint8Array> {
  if (tag === null) return yield* body;
  const mark = Buffer.from(`__exception__\r\n${tag}`);
  let held = Buffer.alloc(0);
  for await (const chunk of body) {
    const bytes = held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([held, chunk]);
    const at = bytes.indexOf(mark);
    if (at !== -1) throw errorOf(bytes.subarray(at + mark.length, at + maxText).toString());
    // The mark may have begun at the very end.
    const sure = Math.max(0, bytes.length - mark.length + 1);
    held = Buffer.from(bytes.subarray(sure));
    if (sure > 0) yield bytes.subarray(0, sure);
  }
  if (held.length > 0) yield held;
}
