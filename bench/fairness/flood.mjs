// One organization that sends a great deal, at a steady rate, whatever it is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../ingest/freshness.mjs';
import { ingestRequests } from '../ingest/sample-events.mjs';

const connections = 16;
const batch = 50;

/** Starts at once; `stop` ends it and gives events by the status of their answer. */
export function startFlood({ port, writeKey, perSecond }) {
  const lines = Array.from({ length: connections }, () => openConnection(port));
  const next = ingestRequests(writeKey, 200, batch);
  const statuses = {};
  const startedAt = performance.now();
  let running = true;
  const sendAll = async (line, offset) => {
    for (let index = offset; running; index += connections) {
      await sleep(Math.max(0, startedAt + (index * batch * 1000) / perSecond - performance.now()));
      const status = await line.send(next());
      statuses[status] = (statuses[status] ?? 0) + batch;
    }
  };
  const sending = Promise.all(lines.map(sendAll));
  return {
    stop: async () => {
      running = false;
      await sending;
      for (const line of lines) line.close();
      return { statuses, seconds: (performance.now() - startedAt) / 1000 };
    },
  };
}
