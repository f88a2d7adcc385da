import type { DataOf } from '@atrium/contract-kit';
import type { invitationMailRequested } from '@atrium/contracts/domain-events';
import { foreignText } from './foreign-text.js';
import { mailBody, type MailContent, readableTime } from './mail-body.js';

export function invitationMail(appUrl: string, data: DataOf<typeof invitationMailRequested>): MailContent {
  const organization = foreignText(data.organization_name) || 'an organization';
  const role = foreignText(data.role_name, 64);
  return mailBody({
    subject: `Invitation to join ${organization}`,
    greeting: 'Hello.',
    paragraph: `You are invited to join "${organization}" on Atrium${role ? ` with the role "${role}"` : ''}.`,
    action: { label: 'Accept the invitation', url: `${appUrl}/invitation?token=${encodeURIComponent(data.token)}` },
    notes: [
      `The link is for this e-mail address alone and works once, until ${readableTime(data.expires_at)}.`,
      'If you do not know who invites you, ignore this mail: nothing happens without the link.',
    ],
  });
}
