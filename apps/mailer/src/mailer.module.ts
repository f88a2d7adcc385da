import { queues } from '@atrium/contracts/queues';
import { dataModules } from '@atrium/platform/service';
import { StateModule } from '@atrium/platform/state';
import { type DynamicModule, Module } from '@nestjs/common';
import { MAILER_CONFIG, type MailerConfig } from './config.js';
import { MailConsumer } from './mail/mail.consumer.js';
import { RecipientLimit } from './mail/recipient-limit.js';
import { SmtpSender } from './smtp/smtp-sender.js';

/** Sends mail that events ask for. */
@Module({})
export class MailerModule {
  static forRoot(config: MailerConfig): DynamicModule {
    return {
      module: MailerModule,
      imports: [
        StateModule.forRoot(config.STATE_SECRET_ID),
        ...dataModules(config, { service: 'mailer', inbox: queues.mailerInbox }),
      ],
      providers: [{ provide: MAILER_CONFIG, useValue: config }, SmtpSender, RecipientLimit, MailConsumer],
    };
  }
}
