import { type DataOf, type DomainEventEnvelope, email } from '@atrium/contract-kit';
import {
  apiKeyCreated,
  emailVerificationRequested,
  identityLinked,
  identityUnlinked,
  invitationMailRequested,
  passkeyChanged,
  newDeviceSignedIn,
  passwordChanged,
  passwordResetRequested,
  secondFactorChanged,
  secondFactorRefused,
} from '@atrium/contracts/domain-events';
import { LOGGER } from '@atrium/platform/context';
import type { Transaction } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { OnDomainEvent, PoisonMessageError } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { MAILER_CONFIG, type MailerConfig } from '../config.js';
import { SmtpSender } from '../smtp/smtp-sender.js';
import { apiKeyCreatedMail } from './api-key-created.mail.js';
import { identityLinkedMail } from './identity-linked.mail.js';
import { identityUnlinkedMail } from './identity-unlinked.mail.js';
import { invitationMail } from './invitation.mail.js';
import type { MailContent } from './mail-body.js';
import { passkeyChangedMail } from './passkey-changed.mail.js';
import { newDeviceMail } from './new-device.mail.js';
import { passwordChangedMail } from './password-changed.mail.js';
import { passwordResetMail } from './password-reset.mail.js';
import { RecipientLimit } from './recipient-limit.js';
import { secondFactorChangedMail } from './second-factor-changed.mail.js';
import { secondFactorRefusedMail } from './second-factor-refused.mail.js';
import { verificationMail } from './verification.mail.js';

/** Sends the mails that events ask for. A send that fails leaves no trace in the inbox: the event comes again. */
@Injectable()
export class MailConsumer {
  constructor(
    private readonly sender: SmtpSender,
    private readonly limit: RecipientLimit,
    @Inject(MAILER_CONFIG) private readonly config: Pick<MailerConfig, 'APP_URL'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @OnDomainEvent(emailVerificationRequested)
  onVerificationRequested(
    data: DataOf<typeof emailVerificationRequested>,
    _tx: Transaction,
    envelope: DomainEventEnvelope,
  ): Promise<void> {
    return this.deliver(data, envelope, verificationMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(invitationMailRequested)
  onInvitationMailRequested(
    data: DataOf<typeof invitationMailRequested>,
    _tx: Transaction,
    envelope: DomainEventEnvelope,
  ): Promise<void> {
    return this.deliver(data, envelope, invitationMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(passwordResetRequested)
  onPasswordResetRequested(
    data: DataOf<typeof passwordResetRequested>,
    _tx: Transaction,
    envelope: DomainEventEnvelope,
  ): Promise<void> {
    return this.deliver(data, envelope, passwordResetMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(passwordChanged)
  onPasswordChanged(data: DataOf<typeof passwordChanged>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, passwordChangedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(passkeyChanged)
  onPasskeyChanged(data: DataOf<typeof passkeyChanged>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, passkeyChangedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(secondFactorChanged)
  onSecondFactorChanged(data: DataOf<typeof secondFactorChanged>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, secondFactorChangedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(secondFactorRefused)
  onSecondFactorRefused(data: DataOf<typeof secondFactorRefused>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, secondFactorRefusedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(identityLinked)
  onIdentityLinked(data: DataOf<typeof identityLinked>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, identityLinkedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(identityUnlinked)
  onIdentityUnlinked(data: DataOf<typeof identityUnlinked>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, identityUnlinkedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(apiKeyCreated)
  onApiKeyCreated(data: DataOf<typeof apiKeyCreated>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, apiKeyCreatedMail(this.config.APP_URL, data));
  }

  @OnDomainEvent(newDeviceSignedIn)
  onNewDeviceSignedIn(data: DataOf<typeof newDeviceSignedIn>, _tx: Transaction, envelope: DomainEventEnvelope): Promise<void> {
    return this.deliver(data, envelope, newDeviceMail(this.config.APP_URL, data));
  }

  private async deliver(
    data: { readonly email: string; readonly expires_at?: string },
    { id, type }: DomainEventEnvelope,
    content: MailContent,
  ): Promise<void> {
    const to = email.safeParse(data.email);
    if (!to.success) throw new PoisonMessageError(`${type}: email is no address`);
    const record = { event_id: id, event_type: type };
    // After a long outage: its link would lead nowhere.
    const hasExpired = data.expires_at !== undefined && Date.parse(data.expires_at) <= Date.now();
    if (hasExpired) return this.logger.warn(record, 'A mail was dropped: its link has expired.');
    if (!(await this.limit.allows(to.data, id))) {
      return this.logger.warn({ ...record, event: 'mail.dropped' }, 'A mail was dropped: too many to one recipient.');
    }
    await this.sender.send({ ...content, to: to.data, eventId: id });
    this.logger.info(record, 'mail sent');
  }
}
