import type { DataOf } from '@atrium/contract-kit';
import type { passkeyChanged } from '@atrium/contracts/domain-events';
import { foreignText } from './foreign-text.js';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

const happened = {
  added: { subject: 'A passkey was added to your account', sentence: 'was added to your Atrium account, and opens it without a password' },
  removed: { subject: 'A passkey was removed from your account', sentence: 'was removed from your Atrium account' },
} as const;

const remedy = {
  added: 'sign in, remove the passkey and change your password at once. A new password alone does not remove it.',
  removed: 'sign in and change your password at once.',
} as const;

/** Holds no link to follow, so that nobody gets used to signing in from such mails. */
export function passkeyChangedMail(appUrl: string, data: DataOf<typeof passkeyChanged>): MailContent {
  const { subject, sentence } = happened[data.change];
  return mailBody({
    subject,
    greeting: 'Hello.',
    paragraph: `The passkey "${foreignText(data.passkey_name, 64)}" ${sentence}, on ${readableTime(data.changed_at)}.`,
    notes: ['If it was you, there is nothing to do.', `If it was not you, go to ${appUrl}, ${remedy[data.change]}`],
  });
}
