import { CreateSources1790000000000 } from './1790000000000-create-sources.js';
import { CreateMessaging1790000001000 } from './1790000001000-create-messaging.js';

/** In order. */
export const eventsMigrations = [CreateSources1790000000000, CreateMessaging1790000001000];
