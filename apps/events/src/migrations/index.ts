import { CreateSources1790000000000 } from './1790000000000-create-sources.js';
import { CreateMessaging1790000001000 } from './1790000001000-create-messaging.js';
import { CreateErasures1790000015000 } from './1790000015000-create-erasures.js';
import { CreateEventSchemas1790000021000 } from './1790000021000-create-event-schemas.js';
import { CreateQuotas1790000022000 } from './1790000022000-create-quotas.js';
import { CreateAnalysts1790000022500 } from './1790000022500-create-analysts.js';
import { CreateRemovals1790000022600 } from './1790000022600-create-removals.js';

/** In order. */
export const eventsMigrations = [
  CreateSources1790000000000,
  CreateMessaging1790000001000,
  CreateErasures1790000015000,
  CreateEventSchemas1790000021000,
  CreateQuotas1790000022000,
  CreateAnalysts1790000022500,
  CreateRemovals1790000022600,
];
