import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

export const mailerConfig = z.object({
  ...processEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  STATE_SECRET_ID: tokenEnvironment.STATE_SECRET_ID,
  /** `smtp://` or `smtps://`. */
  SMTP_URL: z.url({ protocol: /^smtps?$/ }),
  /** Secret with the `{username, password}` of the SMTP server; unset where it asks for none. */
  SMTP_SECRET_ID: z.string().optional(),
  /** Sender of every mail: an address, or a name with one in angle brackets. */
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be an e-mail address or "Name <address>"'),
  /** Base of every link in a mail; nothing that a request says ever gets there. */
  APP_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** Multiplies the limit of mails per recipient; 1 in production. */
  LIMIT_SCALE: z.coerce.number().positive().default(1),
});
export type MailerConfig = z.output<typeof mailerConfig>;

/** Dependency-injection token of the {@link MailerConfig}. */
export const MAILER_CONFIG = Symbol('MailerConfig');
