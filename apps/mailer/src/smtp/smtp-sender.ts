import { HealthRegistry } from '@atrium/platform/http';
import { SECRETS_PROVIDER, type SecretsProvider } from '@atrium/platform/secrets';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { z } from 'zod';
import { MAILER_CONFIG, type MailerConfig } from '../config.js';
import type { MailContent } from '../mail/mail-body.js';
import { toSendError } from './smtp-error.js';

const smtpSecret = z.object({ username: z.string(), password: z.string() });

/** Milliseconds; together below the time that a transaction may stay idle, since a send happens inside one. */
const timeouts = { dnsTimeout: 3_000, connectionTimeout: 4_000, greetingTimeout: 4_000, socketTimeout: 10_000 };

export interface OutgoingMail extends MailContent {
  /** One address, as the domain event had it. */
  readonly to: string;
  /** Stable for the same event, so that a mail that was sent twice shows as one. */
  readonly eventId: string;
}

/** Sends by SMTP over a few kept connections. */
@Injectable()
export class SmtpSender implements OnModuleInit, OnApplicationShutdown {
  private transport: Transporter | undefined;

  constructor(
    @Inject(MAILER_CONFIG) private readonly config: Pick<MailerConfig, 'SMTP_URL' | 'SMTP_SECRET_ID' | 'MAIL_FROM'>,
    @Inject(SECRETS_PROVIDER) private readonly secrets: SecretsProvider,
    private readonly health: HealthRegistry,
  ) {}

  async onModuleInit(): Promise<void> {
    const { hostname, port, protocol } = new URL(this.config.SMTP_URL);
    const secure = protocol === 'smtps:';
    this.transport = createTransport({
      host: hostname,
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      auth: await this.credentials(),
      pool: true,
      maxConnections: 4,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...timeouts,
    });
    this.health.add('smtp', () => this.connected().verify());
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }

  /** Rejects with what {@link toSendError} makes of a failure. */
  async send({ to, eventId, subject, text, html }: OutgoingMail): Promise<void> {
    const from = this.config.MAIL_FROM;
    const domain = /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? 'localhost';
    await this.connected()
      .sendMail({
        from,
        // As an object, so that it is one address and never a list.
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${eventId}@${domain}>`,
        // Holds out-of-office answers back (RFC 3834 §5).
        headers: { 'Auto-Submitted': 'auto-generated' },
        xMailer: false,
      })
      .catch((error: unknown) => {
        throw toSendError(error);
      });
  }

  private connected(): Transporter {
    if (!this.transport) throw new Error('The SMTP transport is used before the module has started.');
    return this.transport;
  }

  private async credentials(): Promise<{ user: string; pass: string } | undefined> {
    if (this.config.SMTP_SECRET_ID === undefined) return undefined;
    const { username, password } = await this.secrets.getJson(this.config.SMTP_SECRET_ID, smtpSecret);
    return { user: username, pass: password };
  }
}
