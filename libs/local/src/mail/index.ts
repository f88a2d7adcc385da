export { startMailInbox, type MailInboxOptions, type RunningMailInbox } from './start-mail-inbox.js';
