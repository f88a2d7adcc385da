import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  emailVerificationRequested,
  invitationMailRequested,
  passwordChanged,
  passwordResetRequested,
} from '@atrium/contracts/domain-events';
import { findFreePort, type RunningMailInbox, startMailInbox, startSqs } from '@atrium/local';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { type ServiceDatabase, startServiceDatabase, until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mailerConfig } from '../src/config.js';
import { MailerModule } from '../src/mailer.module.js';
import { mailerMigrations } from '../src/migrations/index.js';

const region = 'eu-central-1';
const stops: (() => unknown)[] = [];
const logs: string[] = [];
const health = new HealthRegistry();
let queueBase: string;
let sqs: SQSClient;
let database: ServiceDatabase;
let inbox: RunningMailInbox;
let mailPorts: { smtpPort: number; httpPort: number; dataDir: string };

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-mailer-'));
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  database = await startServiceDatabase({ service: 'mailer', migrations: mailerMigrations });
  stops.push(() => database.stop());
  const localSqs = await startSqs({ databaseUrl: database.url, port: 0 });
  stops.push(() => localSqs.stop());
  mailPorts = { smtpPort: await findFreePort(), httpPort: await findFreePort(), dataDir: folder };
  inbox = await startMailInbox(mailPorts);
  stops.push(() => inbox.stop());
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: localSqs.endpoint,
  });
  sqs = new SQSClient({ region });
  stops.push(() => sqs.destroy());
  for (const QueueName of ['mailer-inbox', 'mailer-inbox-dlq']) await sqs.send(new CreateQueueCommand({ QueueName }));
  queueBase = `${localSqs.endpoint}/000000000000/`;
  await startMailer();
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function startMailer(): Promise<void> {
  const config = mailerConfig.parse({
    PORT: '0',
    STATE_SECRET_ID: 'atrium/state',
    DATABASE_SECRET_ID: 'atrium/mailer/database',
    QUEUE_URL_BASE: queueBase,
    SMTP_URL: inbox.smtpUrl,
    MAIL_FROM: 'Atrium <no-reply@atrium.example>',
    APP_URL: 'https://app.example.com/',
  });
  const logger = createLogger({ service: 'mailer', level: 'info', destination: { write: (line) => void logs.push(line) } });
  const runtime = { logger, metrics: createMetrics('mailer'), secrets: database.secrets, health };
  const app = await createServiceApp(MailerModule.forRoot(config), runtime, { trustedProxies: [] });
  await app.init();
  stops.push(() => app.close());
}

const verification = (to: string, change: Partial<{ expires_at: string }> = {}) => ({
  definition: emailVerificationRequested,
  data: { user_id: randomUUID(), email: to, token: `token-${randomUUID()}`, expires_at: new Date(Date.now() + 3_600_000).toISOString(), ...change },
});
const invitation = (to: string, organization_name: string) => ({
  definition: invitationMailRequested,
  data: { invitation_id: randomUUID(), email: to, organization_name, role_name: 'viewer', token: `token-${randomUUID()}`, expires_at: new Date(Date.now() + 3_600_000).toISOString() },
});
const reset = (to: string) => ({ ...verification(to), definition: passwordResetRequested });
const changed = (to: string) => ({
  definition: passwordChanged,
  data: { user_id: randomUUID(), email: to, changed_at: new Date().toISOString(), means: 'reset' as const },
});
type Asked = ReturnType<typeof verification | typeof invitation | typeof reset | typeof changed>;

/** @returns the event's id */
async function ask({ definition, data }: Asked, id: string = randomUUID()): Promise<string> {
  const { type, version } = definition;
  const envelope = { id, type, version, occurred_at: new Date().toISOString(), org_id: null, request_id: id, data };
  await sqs.send(new SendMessageCommand({ QueueUrl: `${queueBase}mailer-inbox`, MessageBody: JSON.stringify(envelope) }));
  return id;
}

const mail = z.object({ to: z.array(z.string()), subject: z.string(), text: z.string(), html: z.string() });
const mailsTo = async (address: string) => {
  const answer = await fetch(`${inbox.url}/api/messages?to=${encodeURIComponent(address)}`);
  return z.array(mail).parse(await answer.json());
};
async function mailTo(address: string) {
  await until('the mail', async () => (await mailsTo(address)).length > 0);
  return (await mailsTo(address))[0]!;
}
const handled = (id: string) =>
  until(`the end of ${id}`, async () =>
    (await database.superuser.query('select 1 from mailer.inbox where message_id = $1', [id])).rowCount === 1,
  );
const newAddress = () => `ann-${randomUUID()}@example.com`;

describe('the mailer', () => {
  it('sends the verification mail with a link into the application', async () => {
    const asked = verification(newAddress());
    await ask(asked);
    const { subject, text } = await mailTo(asked.data.email);
    expect(subject).toContain('Verify');
    expect(text).toContain(`https://app.example.com/verify-email?token=${asked.data.token}`);
  });

  it('sends the mail for a forgotten password, and the notice of a new one', async () => {
    const asked = reset(newAddress());
    await ask(asked);
    expect((await mailTo(asked.data.email)).text).toContain(`https://app.example.com/reset-password?token=${asked.data.token}`);
    const to = newAddress();
    await ask(changed(to));
    expect((await mailTo(to)).subject).toBe('Your password was changed');
  });

  it('sends one mail for an event that comes three times', async () => {
    const asked = verification(newAddress());
    const id = await ask(asked);
    await ask(asked, id);
    await mailTo(asked.data.email);
    await ask(asked, id);
    const last = verification(newAddress());
    await ask(last);
    await mailTo(last.data.email);
    expect(await mailsTo(asked.data.email)).toHaveLength(1);
  });

  it('lets no header, recipient or markup in by an organization name', async () => {
    const to = newAddress();
    await ask(invitation(to, 'Evil\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script> https://evil.example'));
    const { subject, text, html } = await mailTo(to);
    expect(subject).toMatch(/^Invitation to join Evil Bcc: /);
    expect(html).not.toContain('<script>');
    expect(`${text}${html}`).not.toContain('https://evil');
    expect(`${subject}${text}`).not.toMatch(/verif/i);
    expect(await mailsTo('eve@example.org')).toEqual([]);
  });

  it('sets an event aside whose address is a list or holds a header', async () => {
    for (const address of ['ann@example.com, eve@example.org', 'ann@example.com\r\nBcc: eve@example.org']) {
      await ask(verification(address));
      await until('the dead letter', async () => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: `${queueBase}mailer-inbox-dlq`, WaitTimeSeconds: 1 }));
        return Messages.some(({ Body }) => (JSON.parse(Body ?? '{}') as { data: { email: string } }).data.email === address);
      });
    }
    expect(await mailsTo('eve@example.org')).toEqual([]);
  });

  it('stops at twenty mails an hour to one address, and says so without the address', async () => {
    const to = newAddress();
    const ids = await Promise.all(Array.from({ length: 23 }, () => ask(verification(to))));
    for (const id of ids) await handled(id);
    expect(await mailsTo(to)).toHaveLength(20);
    expect(logs.filter((line) => line.includes('mail.dropped'))).toHaveLength(3);
    expect(logs.join('')).not.toContain(to);
  });

  it('drops a mail whose link has expired', async () => {
    const asked = verification(newAddress(), { expires_at: new Date(Date.now() - 1_000).toISOString() });
    await handled(await ask(asked));
    expect(await mailsTo(asked.data.email)).toEqual([]);
  });

  it('keeps mails through an outage of the SMTP server, and is not ready meanwhile', async () => {
    await inbox.stop();
    const asked = verification(newAddress());
    await ask(asked);
    await until('the outage in the log', async () => logs.some((line) => line.includes('A dependency is down')));
    expect(await health.down()).toEqual(['smtp']);
    inbox = await startMailInbox(mailPorts);
    await mailTo(asked.data.email);
    await until('readiness', async () => (await health.down()).length === 0);
    expect(await mailsTo(asked.data.email)).toHaveLength(1);
  });
});
