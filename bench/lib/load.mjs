// A closed loop of keep-alive connections on bare sockets: light enough not to be what is measured.
import { connect } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');

/** Bytes of the first whole answer in the buffer, or 0; bodies must have a Content-Length. */
function answerLength(buffer) {
  const end = buffer.indexOf(headEnd);
  if (end === -1) return 0;
  const head = buffer.latin1Slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (!length) throw new Error(`An answer without Content-Length:\n${head}`);
  const total = end + 4 + Number(length[1]);
  return buffer.length >= total ? total : 0;
}

function connection(port, nextRequest, tell, answered) {
  const self = {};
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let held = Buffer.alloc(0);
    let sentAt = 0;
    const send = () => {
      const request = nextRequest(self);
      if (request === undefined) return socket.end(() => resolve());
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const length = answerLength(held);
      if (length === 0) return;
      tell(held.latin1Slice(9, 12), performance.now() - sentAt);
      answered?.(self, held.utf8Slice(held.indexOf(headEnd) + headEnd.length, length));
      held = held.subarray(length);
      send();
    });
  });
}

/**
 * Sends `request(connection)` again and again over each connection for so many seconds; `connection` is an object of the
 * caller's to keep what belongs together, and comes to `answered(connection, body)` too.
 * Gives requests a second, milliseconds of latency, and counts by status.
 */
export async function load({ port, connections, seconds, request, answered }) {
  const until = performance.now() + seconds * 1000;
  const latencies = [];
  const statuses = {};
  const startedAt = performance.now();
  const next = (connection) => (performance.now() < until ? request(connection) : undefined);
  const tell = (status, milliseconds) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    latencies.push(milliseconds);
  };
  await Promise.all(Array.from({ length: connections }, () => connection(port, next, tell, answered)));
  const elapsed = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { perSecond: latencies.length / elapsed, p50: at(0.5), p99: at(0.99), statuses };
}
