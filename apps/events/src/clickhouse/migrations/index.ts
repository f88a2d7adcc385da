import { createEvents } from './1790000000000-create-events.js';
import { createQuarantine } from './1790000001000-create-quarantine.js';

/** In order. */
export const clickHouseMigrations = [createEvents, createQuarantine];
