import { createServer, type Server, type ServerResponse, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDataFolder } from '../data-folder.js';
import { type Listening, onLoopback } from '../loopback-only.js';
import type { CorsRule } from './cors.js';
import type { BucketNotification, S3Services } from './exchange.js';
import { NotificationOutbox, type SendNotification } from './notifications/notification-outbox.js';
import { handleRequest, type ReportFailure } from './request-handler.js';
import type { S3Credentials } from './signing/sigv4-verifier.js';
import { ObjectStore } from './storage/object-store.js';
import { UploadStore } from './storage/upload-store.js';

/** A connection on which nothing moves for this long is cut, as S3 cuts it. */
const IDLE_SOCKET_MS = 60_000;

export interface S3BucketOptions {
  readonly name: string;
  readonly cors?: CorsRule;
  readonly notify?: BucketNotification & { readonly send: SendNotification };
}

export interface S3Options {
  /** Folder of its own, made when missing. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly credentials: S3Credentials;
  readonly region: string;
  /** Made when missing. */
  readonly buckets: readonly S3BucketOptions[];
  /** Takes one line per internal failure: no keys, no bodies. */
  readonly report?: ReportFailure;
  /** Milliseconds since the epoch, by which signatures expire. */
  readonly now?: () => number;
  /** On 127.0.0.1 where unset; signatures protect it under any name. */
  readonly listening?: Listening;
}

export interface RunningS3 {
  /** `http://127.0.0.1:<port>`, to be used with path-style addressing. */
  readonly endpoint: string;
  /** Ends connections, waits for notifications being sent. What was answered 200 is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts an S3 that keeps its objects in a folder and enforces what S3 enforces.
 *
 * @throws Error `EADDRINUSE` when the port is taken, before the folder is touched; or when the folder is damaged
 */
export async function startS3(options: S3Options): Promise<RunningS3> {
  const report = options.report ?? (() => undefined);
  const inFlight = new Set<Promise<void>>();
  let opening: Promise<S3Services> | undefined;
  const answer = (message: IncomingMessage, response: ServerResponse): void => {
    const answered: Promise<void> = Promise.resolve(opening)
      .then((services) => (services ? handleRequest(message, response, services, report) : void response.destroy()))
      .catch(() => void response.destroy())
      .finally(() => inFlight.delete(answered));
    inFlight.add(answered);
  };
  const server = createHttpServer(answer);
  await listen(server, options.port, options.listening ?? onLoopback);
  try {
    opening = openServices(options, report);
    const services = await opening;
    const { port } = server.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, stop: () => stop(server, inFlight, services) };
  } catch (error) {
    await close(server);
    throw error;
  }
}

function createHttpServer(answer: (message: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 20_000 }, answer);
  // Without this, node:http would ask for the body before the signature is known to hold.
  server.on('checkContinue', answer);
  server.setTimeout(IDLE_SOCKET_MS, (socket) => socket.destroy());
  return server;
}

async function openServices(options: S3Options, report: ReportFailure): Promise<S3Services> {
  // Other users of the machine have no business with what was uploaded.
  openDataFolder(options.dataDir, 'S3');
  const store = await ObjectStore.open(options.dataDir);
  for (const { name } of options.buckets) await store.ensureBucket(name);
  const senders = new Map(options.buckets.flatMap(({ name, notify }) => (notify ? [[name, notify.send] as const] : [])));
  const outbox = await NotificationOutbox.open(options.dataDir, store.temporaryFolder, senders, (bucket, error) =>
    report(`S3 notification of bucket ${bucket} failed and will be sent again: ${error instanceof Error ? error.message : String(error)}`),
  );
  return {
    signing: { credentials: options.credentials, region: options.region },
    store,
    uploads: await UploadStore.open(options.dataDir, store.temporaryFolder),
    outbox,
    cors: new Map(options.buckets.flatMap(({ name, cors }) => (cors ? [[name, cors] as const] : []))),
    notifications: new Map(options.buckets.flatMap(({ name, notify }) => (notify ? [[name, notify] as const] : []))),
    now: options.now ?? Date.now,
  };
}

function listen(server: Server, port: number, { host }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function stop(server: Server, inFlight: ReadonlySet<Promise<void>>, services: S3Services): Promise<void> {
  await close(server);
  await Promise.all(inFlight);
  await services.outbox.stop();
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
