export { mailerConfig, type MailerConfig } from './config.js';
export { MailerModule } from './mailer.module.js';
export { mailerMigrations } from './migrations/index.js';
