import type { DataOf } from '@atrium/contract-kit';
import type { identityUnlinked } from '@atrium/contracts/domain-events';
import { foreignText } from './foreign-text.js';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

/** Holds no link to follow, so that nobody gets used to signing in from such mails. */
export function identityUnlinkedMail(appUrl: string, data: DataOf<typeof identityUnlinked>): MailContent {
  const provider = foreignText(data.provider_name, 64) || 'another provider';
  return mailBody({
    subject: `You can no longer sign in with ${provider}`,
    greeting: 'Hello.',
    paragraph: `Since ${readableTime(data.unlinked_at)} your Atrium account can no longer be entered with ${provider}.`,
    notes: ['If it was you, there is nothing to do.', `If it was not you, go to ${appUrl} and set a new password at once.`],
  });
}
