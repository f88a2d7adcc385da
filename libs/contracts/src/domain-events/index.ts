import type { DomainEventDefinition } from '@atrium/contract-kit';
import * as accounts from './accounts.js';
import * as assets from './assets.js';
import * as audit from './audit.js';
import * as organizations from './organizations.js';

export * from './accounts.js';
export * from './assets.js';
export * from './audit.js';
export * from './organizations.js';

/** Every domain event that exists. */
export const domainEvents: readonly DomainEventDefinition[] = [
  ...Object.values(accounts),
  ...Object.values(assets),
  ...Object.values(audit),
  ...Object.values(organizations),
];
