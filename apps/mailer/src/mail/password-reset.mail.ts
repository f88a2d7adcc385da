import type { DataOf } from '@atrium/contract-kit';
import type { passwordResetRequested } from '@atrium/contracts/domain-events';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

export const passwordResetMail = (appUrl: string, data: DataOf<typeof passwordResetRequested>): MailContent =>
  mailBody({
    subject: 'Set a new password',
    greeting: 'Hello.',
    paragraph: 'Somebody asked to set a new password for the Atrium account of this e-mail address.',
    action: { label: 'Set a new password', url: `${appUrl}/reset-password?token=${encodeURIComponent(data.token)}` },
    notes: [
      `The link works once, until ${readableTime(data.expires_at)}. It signs you out everywhere.`,
      'If it was not you, ignore this mail: your password stays as it is.',
    ],
  });
