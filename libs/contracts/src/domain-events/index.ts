import type { DomainEventDefinition } from '@atrium/contract-kit';
import * as accounts from './accounts.js';
import * as audit from './audit.js';
import * as organizations from './organizations.js';

export * from './accounts.js';
export * from './audit.js';
export * from './organizations.js';

/** Every domain event that exists. */
export const domainEvents: readonly DomainEventDefinition[] = [
  ...Object.values(accounts),
  ...Object.values(audit),
  ...Object.values(organizations),
];
