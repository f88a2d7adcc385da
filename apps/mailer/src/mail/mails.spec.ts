import { describe, expect, it } from 'vitest';
import { apiKeyCreatedMail } from './api-key-created.mail.js';
import { identityLinkedMail } from './identity-linked.mail.js';
import { identityUnlinkedMail } from './identity-unlinked.mail.js';
import { invitationMail } from './invitation.mail.js';
import { passkeyChangedMail } from './passkey-changed.mail.js';
import { newDeviceMail } from './new-device.mail.js';
import { passwordChangedMail } from './password-changed.mail.js';
import { passwordResetMail } from './password-reset.mail.js';
import { secondFactorChangedMail } from './second-factor-changed.mail.js';
import { secondFactorRefusedMail } from './second-factor-refused.mail.js';
import { verificationMail } from './verification.mail.js';

const expires_at = '2026-11-21T10:00:00.000Z';
const invitation = {
  invitation_id: '019aa000-0000-7000-8000-000000000001',
  email: 'ann@example.com',
  organization_name: 'Acme',
  role_name: 'viewer',
  token: 'invitation-token',
  expires_at,
};
const app = 'https://app.example.com';

describe('the verification mail', () => {
  const mail = verificationMail(app, { user_id: invitation.invitation_id, email: 'ann@example.com', token: 'a/b+c', expires_at });

  it('says what it is for and leads to the application alone', () => {
    expect(mail.subject).toContain('Verify');
    expect(mail.text).toContain('https://app.example.com/verify-email?token=a%2Fb%2Bc');
    expect([...mail.html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
      'https://app.example.com/verify-email?token=a%2Fb%2Bc',
    ]);
    expect(mail.text).toContain('21 November 2026 at 10:00 UTC');
  });
});

describe('the invitation mail', () => {
  it('names the organization and the role, and never looks like a verification', () => {
    const mail = invitationMail(app, invitation);
    expect(mail.subject).toBe('Invitation to join Acme');
    expect(mail.text).toContain('role "viewer"');
    expect(mail.text).toContain('https://app.example.com/invitation?token=invitation-token');
    expect(`${mail.subject} ${mail.text}`).not.toMatch(/verif/i);
  });

  it('lets no markup, link, line or header of the organization name through', () => {
    const organization_name = '<a href="https://evil.example">Win</a>\r\nBcc: eve@evil.example';
    const mail = invitationMail(app, { ...invitation, organization_name });
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(mail.html).not.toContain('<a href="https://evil');
    expect([...mail.html.matchAll(/<a\b/g)]).toHaveLength(1);
    expect(`${mail.text} ${mail.html}`).not.toMatch(/evil\.example|:\/\/evil/);
  });
});

const person = { user_id: invitation.invitation_id, email: 'ann@example.com' };

describe('the mail for a forgotten password', () => {
  it('leads to the application alone, says how long, and never looks like a verification', () => {
    const mail = passwordResetMail(app, { ...person, token: 'a/b+c', expires_at });
    expect(mail.text).toContain('https://app.example.com/reset-password?token=a%2Fb%2Bc');
    expect([...mail.html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
      'https://app.example.com/reset-password?token=a%2Fb%2Bc',
    ]);
    expect(mail.text).toContain('21 November 2026 at 10:00 UTC');
    expect(`${mail.subject} ${mail.text}`).not.toMatch(/verif/i);
  });
});

describe('the notice of a new password', () => {
  it.each([
    ['reset', 'signed out everywhere.'],
    ['change', 'except where it was changed'],
  ] as const)('of a %s says what ended and where to go, without a link to follow', (means, expected) => {
    const mail = passwordChangedMail(app, { ...person, changed_at: expires_at, means });
    expect(mail.text).toContain(expected);
    expect(mail.text).toContain(`go to ${app}, ask`);
    expect(mail.text).toContain('Passkeys, sign-ins with other providers and API keys, if you have any, still work');
    expect(mail.html).not.toMatch(/<a\b|href=/);
    expect(`${mail.text} ${mail.html}`).not.toContain('token');
  });
});

describe('the notice of a passkey', () => {
  it.each([
    ['added', 'was added to your Atrium account'],
    ['removed', 'was removed from your Atrium account'],
  ] as const)('that was %s names it and says where to go, without a link to follow', (change, expected) => {
    const passkey_name = 'Laptop <a href="https://evil.example">x</a>';
    const mail = passkeyChangedMail(app, { ...person, passkey_name, change, changed_at: expires_at });
    expect(mail.subject).toContain(change);
    expect(mail.text).toContain(expected);
    expect(mail.text).toContain('21 November 2026 at 10:00 UTC');
    expect(mail.text).toContain(`go to ${app}, sign in`);
    expect(mail.html).not.toMatch(/<a\b/);
    expect(`${mail.text} ${mail.html}`).not.toMatch(/evil\.example|:\/\/evil/);
  });
});

describe('the notice of a changed second factor', () => {
  const mailOf = (change: Parameters<typeof secondFactorChangedMail>[1]['change'], recovery_codes_left = 1) =>
    secondFactorChangedMail(app, { ...person, changed_at: expires_at, change, recovery_codes_left });

  it.each([
    ['totp_added', 'added', 'asks for a code from now on'],
    ['totp_removed', 'removed', 'asks for no code any more'],
    ['recovery_codes_replaced', 'replaced', 'Earlier ones are dead'],
    ['recovery_code_used', 'used', '1 recovery code is left.'],
  ] as const)('%s says what happened, when and where to go, without a link to follow', (change, subject, expected) => {
    const mail = mailOf(change);
    expect(mail.subject).toContain(subject);
    expect(mail.text).toContain(expected);
    expect(mail.text).toContain('21 November 2026 at 10:00 UTC');
    expect(mail.text).toContain(`go to ${app} and`);
    expect(mail.html).not.toMatch(/<a\b|href=/);
  });

  it('counts the recovery codes that are left', () => {
    expect(mailOf('recovery_code_used', 0).text).toContain('0 recovery codes are left.');
  });
});

describe('the notice of wrong codes', () => {
  it('says what to do, without a link to follow', () => {
    const mail = secondFactorRefusedMail(app, { ...person, refused_at: expires_at });
    expect(mail.text).toContain('21 November 2026 at 10:00 UTC');
    expect(mail.text).toContain(`somebody knows your password: go to ${app} and`);
    expect(mail.html).not.toMatch(/<a\b|href=/);
  });
});

describe('the notice of a new way in', () => {
  const linked = { ...person, linked_at: expires_at, provider_name: 'Acme', password_removed: false };

  it('names the provider and the time, without a link to follow', () => {
    const mail = identityLinkedMail(app, linked);
    expect(mail.subject).toBe('You can now sign in with Acme');
    expect(mail.text).toContain('21 November 2026 at 10:00 UTC');
    expect(mail.html).not.toMatch(/<a\b|href=/);
    expect(mail.text).not.toContain('set before');
  });

  it('tells of a password that is gone', () => {
    expect(identityLinkedMail(app, { ...linked, password_removed: true }).text).toContain('does not work any more');
  });

  it('makes no link or header of the name', () => {
    const mail = identityLinkedMail(app, { ...linked, provider_name: 'evil.example\r\nBcc: eve@evil.example' });
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(`${mail.subject} ${mail.text}`).not.toMatch(/evil\.example/);
  });
});

describe('the mail about an identity that is gone', () => {
  it('names the provider and the time, and makes no link of either', () => {
    const mail = (provider_name: string) => identityUnlinkedMail(app, { ...person, unlinked_at: expires_at, provider_name });
    expect(mail('Acme').subject).toBe('You can no longer sign in with Acme');
    expect(mail('Acme').text).toContain('21 November 2026 at 10:00 UTC');
    expect(mail('Acme').html).not.toMatch(/<a\b|href=/);
    expect(mail('evil.example').text).not.toContain('evil.example');
  });
});

describe('the mail about a new API key', () => {
  it('names the key and until when it works, and makes no link of it', () => {
    const mail = (key_name: string) => apiKeyCreatedMail(app, { ...person, created_at: expires_at, valid_until: '2027-02-19T10:00:00.000Z', key_name });
    expect(mail('Nightly').text).toContain('"Nightly" was made on 21 November 2026 at 10:00 UTC. Until 19 February 2027 at 10:00 UTC');
    expect(mail('Nightly').text).toContain('A new password alone does not end the key.');
    expect(mail('Nightly').html).not.toMatch(/<a\b|href=/);
    expect(mail('evil.example').text).not.toContain('evil.example');
  });
});

describe('the mail about a new device', () => {
  const mail = (device: string | null) => newDeviceMail(app, { ...person, signed_in_at: expires_at, device });

  it('says when and roughly from what, and holds no link to follow', () => {
    expect(mail('Firefox on Linux').text).toContain('from a new device on 21 November 2026 at 10:00 UTC: Firefox on Linux.');
    expect(mail(null).text).toContain('UTC: unknown.');
    expect(mail('Firefox on Linux').html).not.toContain('<a ');
  });

  it('names no address but that of the application, whatever the device says of itself', () => {
    const { subject, text, html } = mail('https://evil.example/<b>x</b>');
    expect(`${subject} ${text} ${html}`).not.toMatch(/evil\.example|:\/\/evil/);
    expect(html).not.toContain('<b>');
  });
});
