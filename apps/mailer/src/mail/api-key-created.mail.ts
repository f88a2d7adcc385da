import type { DataOf } from '@atrium/contract-kit';
import type { apiKeyCreated } from '@atrium/contracts/domain-events';
import { foreignText } from './foreign-text.js';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

/** Holds no link to follow, so that nobody gets used to signing in from such mails. */
export function apiKeyCreatedMail(appUrl: string, data: DataOf<typeof apiKeyCreated>): MailContent {
  return mailBody({
    subject: 'An API key was made for your account',
    greeting: 'Hello.',
    paragraph: `The API key "${foreignText(data.key_name, 64)}" was made on ${readableTime(data.created_at)}. Until ${readableTime(data.valid_until)} it lets a program act for you.`,
    notes: [
      'If it was you, there is nothing to do.',
      `If it was not you, go to ${appUrl}, delete the key and change your password at once. A new password alone does not end the key.`,
    ],
  });
}
