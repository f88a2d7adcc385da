// How long an accepted event takes until a query sees it, under a steady load.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ingestRequest } from './sample-events.mjs';

const pollMs = 25;
const connections = 20;

/** Sends on a connection; resolves with the answer's status when it is whole. */
export function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let answered = () => undefined;
  socket.on('data', (chunk) => answered(chunk.latin1Slice(9, 12)));
  const send = (request) => new Promise((resolve, reject) => {
    answered = resolve;
    socket.once('error', reject);
    socket.write(request, () => socket.off('error', reject));
  });
  return { send, close: () => socket.destroy() };
}

/** Batches of ids with the prefix, oldest first, that have become visible since the last call. */
function watch(table, first, prefix) {
  let cursor = first;
  return async () => {
    const found = await table.rows(
      `SELECT request_id, toUnixTimestamp64Milli(inserted_at) AS at FROM atrium.events WHERE inserted_at >= fromUnixTimestamp64Milli(${cursor}) AND startsWith(request_id, '${prefix}')`,
    );
    // Rows of one insert may show in any order within a moment: look back further than any insert takes.
    cursor = Math.max(cursor, ...found.map(({ at }) => Number(at) - 2_000));
    return found.map(({ request_id: id }) => id);
  };
}

/**
 * Gives milliseconds from the acknowledgement of each event until a query first shows it, in increasing order. Several
 * write keys take turns.
 */
export async function measureFreshness({ port, writeKey, table, perSecond, seconds }) {
  const keys = [writeKey].flat();
  const lines = Array.from({ length: connections }, () => openConnection(port));
  const acknowledged = new Map();
  const delays = [];
  const run = Date.now().toString(36);
  const look = watch(table, Date.now() - 1_000, `fresh-${run}-`);
  const total = perSecond * seconds;
  const startedAt = performance.now();
  const sendAll = async (line, offset) => {
    for (let index = offset; index < total; index += connections) {
      await sleep(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()));
      const id = `fresh-${run}-${index}`;
      const request = ingestRequest(keys[index % keys.length], index).toString().replace('\r\n', `\r\nX-Request-Id: ${id}\r\n`);
      const status = await line.send(request);
      if (status !== '202') throw new Error(`An event was answered with ${status}`);
      acknowledged.set(id, performance.now());
    }
  };
  const sending = Promise.all(lines.map(sendAll));
  const seen = new Set();
  while (seen.size < total) {
    if (performance.now() - startedAt > seconds * 1000 + 30_000) throw new Error(`Only ${seen.size} of ${total} events became visible`);
    const ids = await look();
    const now = performance.now();
    // Visible before its acknowledgement has come back: no wait at all; looked at once more when it has.
    for (const id of ids) {
      if (seen.has(id) || !acknowledged.has(id)) continue;
      seen.add(id);
      delays.push(Math.max(0, now - acknowledged.get(id)));
    }
    await sleep(pollMs);
  }
  await sending;
  for (const line of lines) line.close();
  return delays.sort((a, b) => a - b);
}
