import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Listening } from '../loopback-only.js';
import { portProblem } from '../ports.js';
import type { MessageStore } from './message-store.js';

const maxMailBytes = 10 * 1024 * 1024;

class MailTooLargeError extends Error {
  /** SMTP reply code, RFC 5321 section 4.2.3. */
  readonly responseCode = 552;
}

async function readMail(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end even so: the client hears the refusal only after its data.
    if (size <= maxMailBytes) chunks.push(chunk);
  }
  if (size > maxMailBytes) throw new MailTooLargeError(`Mail larger than ${maxMailBytes} bytes`);
  return Buffer.concat(chunks);
}

async function receive(stream: SMTPServerDataStream, session: SMTPServerSession, store: MessageStore): Promise<void> {
  const mail = await PostalMime.parse(await readMail(stream));
  const { mailFrom, rcptTo } = session.envelope;
  store.add({
    from: mail.from?.address ?? (mailFrom ? mailFrom.address : ''),
    to: rcptTo.map(({ address }) => address),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    ...(mail.html === undefined ? {} : { html: mail.html }),
  });
}

export interface SmtpReceiver {
  port: number;
  stop(): Promise<void>;
}

/** Takes any mail, without sign-in or TLS. A mail is acknowledged when it is on disk. */
export async function startSmtpReceiver(port: number, store: MessageStore, { host }: Listening): Promise<SmtpReceiver> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxMailBytes,
    closeTimeout: 1_000,
    onData: (stream, session, done) => {
      receive(stream, session, store).then(() => done(), done);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portProblem(error, port, 'the mail inbox (SMTP)') ?? error));
    server.listen(port, host, resolve);
  });
  // A client that breaks its connection off is not our failure.
  server.on('error', () => undefined);
  const { port: bound } = server.server.address() as AddressInfo;
  return { port: bound, stop: () => new Promise((resolve) => server.close(resolve)) };
}
