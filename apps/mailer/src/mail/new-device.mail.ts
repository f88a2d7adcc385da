import type { DataOf } from '@atrium/contract-kit';
import type { newDeviceSignedIn } from '@atrium/contracts/domain-events';
import { foreignText } from './foreign-text.js';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

/** Holds no link to follow, so that nobody gets used to signing in from such mails. */
export const newDeviceMail = (appUrl: string, { signed_in_at: signedInAt, device }: DataOf<typeof newDeviceSignedIn>): MailContent =>
  mailBody({
    subject: 'New sign-in to your account',
    greeting: 'Hello.',
    paragraph: `Someone signed in to your Atrium account from a new device on ${readableTime(signedInAt)}: ${device === null ? 'unknown' : foreignText(device, 60)}.`,
    notes: [
      'If it was you, there is nothing to do.',
      `If it was not you, go to ${appUrl}, ask for a new password at once, and look at your sessions.`,
    ],
  });
