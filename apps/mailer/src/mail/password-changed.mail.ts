import type { DataOf } from '@atrium/contract-kit';
import type { passwordChanged } from '@atrium/contracts/domain-events';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

const signedOut = {
  reset: 'You have been signed out everywhere.',
  change: 'You have been signed out everywhere except where it was changed.',
} as const;

/** Holds no link to follow, so that nobody gets used to signing in from such mails. */
export const passwordChangedMail = (appUrl: string, data: DataOf<typeof passwordChanged>): MailContent =>
  mailBody({
    subject: 'Your password was changed',
    greeting: 'Hello.',
    paragraph: `The password of your Atrium account was changed on ${readableTime(data.changed_at)}. ${signedOut[data.means]}`,
    notes: [
      'If it was you, there is nothing to do. Passkeys, sign-ins with other providers and API keys, if you have any, still work.',
      `If it was not you, go to ${appUrl}, ask for a new password at once, and remove the passkeys, linked providers and API keys that are not yours.`,
    ],
  });
