import type { DataOf } from '@atrium/contract-kit';
import type { secondFactorChanged } from '@atrium/contracts/domain-events';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

type Data = DataOf<typeof secondFactorChanged>;

const texts: Readonly<Record<Data['change'], { readonly subject: string; readonly happened: string }>> = {
  totp_added: {
    subject: 'An authenticator app was added',
    happened: 'An authenticator app was added to your Atrium account. Signing in asks for a code from now on.',
  },
  totp_removed: {
    subject: 'Your authenticator app was removed',
    happened: 'The authenticator app was removed from your Atrium account. Signing in asks for no code any more.',
  },
  recovery_codes_replaced: {
    subject: 'Your recovery codes were replaced',
    happened: 'New recovery codes were made for your Atrium account. Earlier ones are dead.',
  },
  recovery_code_used: {
    subject: 'A recovery code was used',
    happened: 'A recovery code of your Atrium account was used.',
  },
};

const left = (count: number): string => `${count} recovery ${count === 1 ? 'code is' : 'codes are'} left.`;

/** Holds no link to follow, as the notice of a new password. */
export function secondFactorChangedMail(appUrl: string, data: Data): MailContent {
  const { subject, happened } = texts[data.change];
  return mailBody({
    subject,
    greeting: 'Hello.',
    paragraph: `${happened} It was on ${readableTime(data.changed_at)}.`,
    notes: [
      ...(data.change === 'recovery_code_used' ? [left(data.recovery_codes_left)] : []),
      'If it was you, there is nothing to do.',
      `If it was not you, somebody knows your password: go to ${appUrl} and ask for a new one at once.`,
    ],
  });
}
