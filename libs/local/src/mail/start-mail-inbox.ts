import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listenLocally } from '../fastify-server.js';
import { type Listening, onLoopback, refuseForeignHosts } from '../loopback-only.js';
import { inboxPagePolicy, renderInboxPage } from './inbox-page.js';
import { MessageStore } from './message-store.js';
import { startSmtpReceiver } from './smtp-receiver.js';

export interface MailInboxOptions {
  smtpPort: number;
  httpPort: number;
  /** Folder of the mails; made when absent. */
  dataDir: string;
  /** On 127.0.0.1 where unset. */
  listening?: Listening;
}

export interface RunningMailInbox {
  /** Where to send: smtp://127.0.0.1:port. */
  smtpUrl: string;
  /** Where to read. */
  url: string;
  stop(): Promise<void>;
}

/** The newest so many are kept. */
const capacity = 1_000;
const listQuery = z.object({ to: z.string().optional() });
const messageParameters = z.object({ id: z.string() });

function buildReader(store: MessageStore, listening: Listening): FastifyInstance {
  const server = Fastify({ forceCloseConnections: true });
  refuseForeignHosts(server, listening);
  server.get('/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', inboxPagePolicy).send(renderInboxPage(store.list())));
  server.get('/api/messages', (request) => {
    const { to } = listQuery.parse(request.query);
    return store.list().filter((message) => to === undefined || message.to.some((address) => address.toLowerCase() === to.toLowerCase()));
  });
  server.get('/api/messages/:id', (request, reply) =>
    store.find(messageParameters.parse(request.params).id) ?? reply.code(404).send({ message: 'No such mail' }));
  server.delete('/api/messages', (_request, reply) => {
    store.clear();
    return reply.code(204).send();
  });
  return server;
}

/**
 * A mailbox for every address: takes mail by SMTP and shows it at GET /api/messages (newest first, ?to=),
 * GET /api/messages/:id, and as a page at /. DELETE /api/messages empties it.
 * Throws LocalStackError for a port in use or a folder that cannot be written.
 */
export async function startMailInbox({ smtpPort, httpPort, dataDir, listening = onLoopback }: MailInboxOptions): Promise<RunningMailInbox> {
  const store = new MessageStore(dataDir, capacity);
  const receiver = await startSmtpReceiver(smtpPort, store, listening);
  const reader = buildReader(store, listening);
  try {
    const url = await listenLocally(reader, httpPort, 'the mail inbox (HTTP)', listening);
    const stop = async () => {
      await Promise.all([receiver.stop(), reader.close()]);
    };
    return { smtpUrl: `smtp://127.0.0.1:${receiver.port}`, url, stop };
  } catch (error) {
    await receiver.stop();
    throw error;
  }
}
