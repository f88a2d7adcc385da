import type { DataOf } from '@atrium/contract-kit';
import type { emailVerificationRequested } from '@atrium/contracts/domain-events';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

export const verificationMail = (appUrl: string, data: DataOf<typeof emailVerificationRequested>): MailContent =>
  mailBody({
    subject: 'Verify your e-mail address',
    greeting: 'Welcome to Atrium.',
    paragraph: 'Please verify that this e-mail address is yours. Until then you cannot sign in.',
    action: { label: 'Verify e-mail address', url: `${appUrl}/verify-email?token=${encodeURIComponent(data.token)}` },
    notes: [
      `The link works once, until ${readableTime(data.expires_at)}.`,
      'If you did not register, ignore this mail: nothing happens without the link.',
    ],
  });
