import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMailInbox, type RunningMailInbox } from '../src/mail/index.js';

interface SeenMail { id: string; from: string; to: string[]; subject: string; text: string; html?: string; received_at: string }
let dataDir: string;
let inbox: RunningMailInbox;

const start = async (): Promise<RunningMailInbox> => (inbox = await startMailInbox({ smtpPort: 0, httpPort: 0, dataDir }));
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'atrium-mail-'));
  await start();
});
afterEach(async () => {
  await inbox.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Speaks SMTP line by line (RFC 5321); gives the replies. */
async function converse(lines: string[]): Promise<string[]> {
  const socket = createConnection(Number(new URL(inbox.smtpUrl).port), '127.0.0.1');
  const replies: string[] = [];
  const waiting = [...lines];
  for await (const reply of createInterface({ input: socket })) {
    if (/^\d{3}-/.test(reply)) continue;
    replies.push(reply);
    const next = waiting.shift();
    if (next === undefined) break;
    socket.write(`${next}\r\n`);
  }
  socket.destroy();
  return replies;
}
const send = (to: string[], mail: string): Promise<string[]> =>
  converse(['EHLO test', 'MAIL FROM:<from@example.com>', ...to.map((address) => `RCPT TO:<${address}>`), 'DATA', `${mail.replace(/\n/g, '\r\n')}\r\n.`]);
const plain = (subject: string, text = 'Hello'): string => `From: Sender <sender@example.com>\nSubject: ${subject}\nContent-Type: text/plain; charset=utf-8\n\n${text}`;
const list = async (query = ''): Promise<SeenMail[]> => (await (await fetch(`${inbox.url}/api/messages${query}`)).json()) as SeenMail[];

describe('the mail inbox', () => {
  it('shows a mail with its parts decoded', async () => {
    const replies = await send(['ann@example.com'], 'From: Sender <sender@example.com>\nTo: ann@example.com\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n'
      + '--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nLink: http://x/?token=3Dabc\n--b\nContent-Type: text/html\n\n<p>Link</p>\n--b--\n');
    expect(replies.at(-1)).toMatch(/^250/);
    const [mail] = await list();
    expect(mail).toMatchObject({ from: 'sender@example.com', to: ['ann@example.com'], subject: 'Grüße', received_at: expect.stringMatching(/Z$/) });
    expect(mail?.text).toContain('http://x/?token=abc');
    expect(mail?.html).toContain('<p>Link</p>');
    expect(await (await fetch(`${inbox.url}/api/messages/${mail?.id}`)).json()).toEqual(mail);
    expect((await fetch(`${inbox.url}/api/messages/none`)).status).toBe(404);
  });

  it('lists the newest first and filters by recipient', async () => {
    await send(['ann@example.com'], plain('one'));
    await send(['bob@example.com', 'ann@example.com'], plain('two'));
    await send(['bob@example.com'], plain('three'));
    expect((await list()).map(({ subject }) => subject)).toEqual(['three', 'two', 'one']);
    expect((await list('?to=ANN@example.com')).map(({ subject }) => subject)).toEqual(['two', 'one']);
  });

  it('has an acknowledged mail on disk already, and again after a restart', async () => {
    await send(['ann@example.com'], plain('kept'));
    expect(readdirSync(dataDir)).toEqual(['000000000001.json']);
    await inbox.stop();
    await start();
    expect((await list()).map(({ subject }) => subject)).toEqual(['kept']);
    await send(['ann@example.com'], plain('later'));
    expect((await list()).map(({ subject }) => subject)).toEqual(['later', 'kept']);
  });

  it('is emptied by DELETE', async () => {
    await send(['ann@example.com'], plain('gone'));
    expect((await fetch(`${inbox.url}/api/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(await list()).toEqual([]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('escapes what a mail says on its page, which may run no script', async () => {
    await send(['ann@example.com'], plain('<script>alert(1)</script>', '<img src=x onerror=alert(1)>'));
    const response = await fetch(inbox.url);
    const page = await response.text();
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|<img/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('answers only to the name of this machine and to no other origin', async () => {
    const rebound = request(`${inbox.url}/api/messages`, { headers: { host: 'evil.example' } }).end();
    const [response] = (await once(rebound, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(421);
    const crossOrigin = await fetch(`${inbox.url}/api/messages`, { headers: { origin: 'http://evil.example' } });
    expect(crossOrigin.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('refuses a mail that is larger than 10 MiB', async () => {
    const replies = await send(['ann@example.com'], plain('big', 'x'.repeat(11 * 1024 * 1024)));
    expect(replies.at(-1)).toMatch(/^552/);
    expect(await list()).toEqual([]);
  });

  it('names the port that is in use', async () => {
    const other = mkdtempSync(join(tmpdir(), 'atrium-mail-'));
    await expect(startMailInbox({ smtpPort: 0, httpPort: Number(new URL(inbox.url).port), dataDir: other })).rejects.toThrow(/for the mail inbox \(HTTP\) is in use/);
    await expect(startMailInbox({ smtpPort: Number(new URL(inbox.smtpUrl).port), httpPort: 0, dataDir: other })).rejects.toThrow(/for the mail inbox \(SMTP\) is in use/);
    rmSync(other, { recursive: true, force: true });
  });
});
