import { runService } from '@atrium/platform/http';
import { mailerConfig } from './config.js';
import { MailerModule } from './mailer.module.js';

await runService({ service: 'mailer', config: mailerConfig, module: (config) => MailerModule.forRoot(config) }, process.env);
