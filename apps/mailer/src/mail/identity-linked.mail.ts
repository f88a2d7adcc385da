import type { DataOf } from '@atrium/contract-kit';
import type { identityLinked } from '@atrium/contracts/domain-events';
import { foreignText } from './foreign-text.js';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

const passwordGone =
  'A password had been set before this address was proven to be yours. It does not work any more; you can set a new one.';

/** Holds no link to follow, so that nobody gets used to signing in from such mails. */
export function identityLinkedMail(appUrl: string, data: DataOf<typeof identityLinked>): MailContent {
  const provider = foreignText(data.provider_name, 64) || 'another provider';
  return mailBody({
    subject: `You can now sign in with ${provider}`,
    greeting: 'Hello.',
    paragraph: `Since ${readableTime(data.linked_at)} your Atrium account can be entered with ${provider}.`,
    notes: [
      ...(data.password_removed ? [passwordGone] : []),
      'If it was you, there is nothing to do.',
      `If it was not you, go to ${appUrl}, set a new password and take the identity off your account at once.`,
    ],
  });
}
