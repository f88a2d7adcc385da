import type { DataOf } from '@atrium/contract-kit';
import type { secondFactorRefused } from '@atrium/contracts/domain-events';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

/** Holds no link to follow, as the notice of a new password. */
export const secondFactorRefusedMail = (appUrl: string, data: DataOf<typeof secondFactorRefused>): MailContent =>
  mailBody({
    subject: 'Several wrong codes were given',
    greeting: 'Hello.',
    paragraph: `On ${readableTime(data.refused_at)} several wrong codes in a row were given for your Atrium account. They were refused.`,
    notes: [
      'If it was you, wait a few minutes, or use a recovery code.',
      `If it was not you, somebody knows your password: go to ${appUrl} and ask for a new one at once.`,
    ],
  });
