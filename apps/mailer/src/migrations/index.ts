import { CreateMessaging1790000000000 } from './1790000000000-create-messaging.js';

/** In the order in which they run. */
export const mailerMigrations = [CreateMessaging1790000000000];
