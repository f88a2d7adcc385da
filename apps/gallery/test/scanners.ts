import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@atrium/testing';
import { ClamavScanner } from '../src/scanning/clamav-scanner.js';

/** What both scanners below take for malware, under the name Atrium.Test. */
export const malware = 'ATRIUM-TEST-MALWARE';
/** Bytes of the largest file that they take. */
export const scanLimit = 1_000_000;

export interface RunningScanner {
  readonly host: string;
  readonly port: number;
  readonly streamMaxLength: number;
  stop(): Promise<void>;
}

/** clamd itself, on a Unix socket, with one signature and no database to load. */
export async function startClamd(): Promise<RunningScanner> {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-clamd-'));
  const host = join(folder, 'socket');
  mkdirSync(join(folder, 'db'));
  writeFileSync(join(folder, 'db', 'test.ndb'), `Atrium.Test:0:*:${Buffer.from(malware).toString('hex')}\n`);
  const config = [`DatabaseDirectory ${join(folder, 'db')}`, `LocalSocket ${host}`, 'Foreground yes', 'MaxThreads 2', `StreamMaxLength ${scanLimit}`];
  writeFileSync(join(folder, 'clamd.conf'), `${config.join('\n')}\n`);
  const server = spawn('clamd', ['-c', join(folder, 'clamd.conf')], { stdio: 'ignore' });
  await until('clamd to answer', async () => new ClamavScanner({ host, port: 0, streamMaxLength: scanLimit }).ping().then(() => true, () => undefined));
  return {
    host,
    port: 0,
    streamMaxLength: scanLimit,
    async stop() {
      server.kill('SIGKILL');
      await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Takes clamd's INSTREAM apart: the bytes so far, and whether they are all. */
function streamed(received: Buffer): { bytes: Buffer; isWhole: boolean } {
  const chunks: Buffer[] = [];
  for (let at = 'zINSTREAM\0'.length; at + 4 <= received.length; ) {
    const length = received.readUInt32BE(at);
    if (length === 0) return { bytes: Buffer.concat(chunks), isWhole: true };
    chunks.push(received.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { bytes: Buffer.concat(chunks), isWhole: false };
}

function answerTo(received: Buffer): string | undefined {
  if (received.equals(Buffer.from('zPING\0'))) return 'PONG';
  if (received.toString('latin1', 0, 10) !== 'zINSTREAM\0') return undefined;
  const { bytes, isWhole } = streamed(received);
  if (bytes.length > scanLimit) return 'INSTREAM size limit exceeded. ERROR';
  if (!isWhole) return undefined;
  return bytes.includes(malware) ? 'stream: Atrium.Test.UNOFFICIAL FOUND' : 'stream: OK';
}

/** Speaks clamd's protocol over TCP. `answer` gives other answers than clamd would. */
export async function startProtocol(port = 0, answer: (received: Buffer) => string | undefined = answerTo): Promise<RunningScanner> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const said = answer(received);
      if (said !== undefined) socket.end(`${said}\0`);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    streamMaxLength: scanLimit,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const hasClamd = spawnSync('clamd', ['--version']).status === 0;
if (!hasClamd) console.warn('SKIPPED: scanning by clamd itself. Install clamav-daemon to test it too.');

export const scanners: readonly { readonly name: string; readonly start: (() => Promise<RunningScanner>) | undefined }[] = [
  { name: 'clamd', start: hasClamd ? startClamd : undefined },
  { name: "clamd's protocol", start: () => startProtocol() },
];
